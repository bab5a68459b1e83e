// Function relay-log.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.RelayLog) }
