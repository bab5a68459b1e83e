// Function create-organization.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.CreateOrganization) }
