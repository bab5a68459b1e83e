// Function list-permissions.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.ListPermissions) }
