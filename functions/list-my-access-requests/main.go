// Function list-my-access-requests.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.ListMyAccessRequests) }
