// Function delete-role.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.DeleteRole) }
