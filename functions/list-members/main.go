// Function list-members.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.ListMembers) }
