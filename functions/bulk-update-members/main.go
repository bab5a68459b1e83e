// Function bulk-update-members.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.BulkUpdateMembers) }
