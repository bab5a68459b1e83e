// Function send-mail.
package main

import (
	"prism-access/internal/boot"
	"prism-access/internal/boot/mails"
)

func main() { boot.Start(mails.SendMail) }
