//go:build !linux

package browser

import "syscall"

// attributes give a process a group of its own to be ended by.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
