// Function clean-up.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.CleanUp) }
