//go:build !linux

package dynamodblocal

import "syscall"

// endsWithParent leaves the child in our process group, where Ctrl-C ends it too; there is no more portable means.
func endsWithParent() *syscall.SysProcAttr { return nil }
