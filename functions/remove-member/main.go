// Function remove-member.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.RemoveMember) }
