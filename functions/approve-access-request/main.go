// Function approve-access-request.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.ApproveAccessRequest) }
