// Function delete-organization.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.DeleteOrganization) }
