// Function list-brands.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.ListBrands) }
