package browser

import "syscall"

// attributes make a process end with this one, however that ends, and give it a group of its own to be ended by.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
