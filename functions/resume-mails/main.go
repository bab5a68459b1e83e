// Function resume-mails.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.ResumeMails) }
