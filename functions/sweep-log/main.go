// Function sweep-log.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.SweepLog) }
