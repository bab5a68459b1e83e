// Function list-roles.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.ListRoles) }
