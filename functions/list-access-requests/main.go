// Function list-access-requests.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.ListAccessRequests) }
