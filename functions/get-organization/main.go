// Function get-organization.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.GetOrganization) }
