// Function delete-invitation.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.DeleteInvitation) }
