// Function find-users.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.FindUsers) }
