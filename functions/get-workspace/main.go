// Function get-workspace.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.GetWorkspace) }
