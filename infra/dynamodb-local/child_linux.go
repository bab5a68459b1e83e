package dynamodblocal

import "syscall"

// endsWithParent makes the kernel end the child when this process is gone, however that came about. Its own process
// group keeps Ctrl-C from it: whoever uses the server ends first and stops it then.
func endsWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM, Setpgid: true}
}
