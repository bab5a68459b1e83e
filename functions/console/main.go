// Function console.
package main

import (
	"prism-access/internal/boot"
	"prism-access/internal/boot/pages"
)

func main() { boot.Start(pages.Console) }
