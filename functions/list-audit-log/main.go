// Function list-audit-log.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.ListAuditLog) }
