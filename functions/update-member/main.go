// Function update-member.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.UpdateMember) }
