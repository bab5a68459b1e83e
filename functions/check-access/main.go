// Function check-access.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.CheckAccess) }
