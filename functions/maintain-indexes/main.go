// Function maintain-indexes.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.MaintainIndexes) }
