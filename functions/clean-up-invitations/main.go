// Function clean-up-invitations.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.CleanUpInvitations) }
