// Function delete-brand.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.DeleteBrand) }
