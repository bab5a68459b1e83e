// Function add-client.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.AddClient) }
