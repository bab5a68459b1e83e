// Function track-mail.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.TrackMail) }
