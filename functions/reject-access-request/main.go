// Function reject-access-request.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.RejectAccessRequest) }
