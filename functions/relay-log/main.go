// Function relay-log.
package main

import (
	"prism-access/internal/boot"
	"prism-access/internal/boot/publish"
)

func main() { boot.Start(publish.RelayLog) }
