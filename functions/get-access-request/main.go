// Function get-access-request.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.GetAccessRequest) }
