// Function request-link.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.RequestLink) }
