// Function delete-workspace.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.DeleteWorkspace) }
