// Function get-me.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.GetMe) }
