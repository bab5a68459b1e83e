// Function register-user.
package main

import "prism-access/internal/boot"

func main() { boot.Start(boot.RegisterUser) }
