// Function list-events.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.ListEvents) }
