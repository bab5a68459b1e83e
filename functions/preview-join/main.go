// Function preview-join.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.PreviewJoin) }
