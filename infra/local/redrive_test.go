package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"prism-access/infra/local/testtable"
)

// redrive does what make redrive does and returns what it says.
func redrive(t *testing.T, environment ...string) (string, error) {
	t.Helper()
	script := exec.CommandContext(t.Context(), filepath.Join(filepath.Dir(testtable.Template()), "infra", "tools", "redrive.sh"))
	script.Env = append(script.Environ(), environment...)
	said, err := script.CombinedOutput()
	return string(said), err
}

// fakeCLI answers what the AWS CLI says of a stack, and notes what changes something.
const fakeCLI = `#!/bin/sh
case "$1 $2 $4" in
"cloudformation list-stack-resources prism")
	printf 'AWS::SQS::Queue\t%s\thttps://sqs/1/q-%s\n' MailQueue MailQueue MailDeadLetters MailDead IndexDeadLetters IndexDead RelayLogDeadLetters RelayDead
	printf 'AWS::Logs::LogGroup\t%s\t%s\n' AccessLog /aws/vendedlogs/prism FunctionLog /prism/functions ;;
"cloudformation "*) echo "Stack with id $4 does not exist" >&2; exit 254 ;;
*list-dead-letter-source-queues*RelayDead) echo None ;;
*list-dead-letter-source-queues*) echo https://sqs/1/q-MailQueue ;;
*get-queue-attributes*IndexDead) printf 'arn:IndexDead\t0\n' ;;
*get-queue-attributes*MailDead) printf 'arn:MailDead\t7\n' ;;
*get-queue-attributes*) printf 'arn:MailQueue\t3\n' ;;
*start-message-move-task*) echo "$@" >> "$MOVED" ;;
*list-message-move-tasks*) [ -e "$MOVED.looked" ] && printf "$ENDS" || printf 'RUNNING\t2\tNone\n'; : > "$MOVED.looked" ;;
*) echo "unexpected: $*" >&2; exit 1 ;;
esac
`

// TestRedriveOnAWS: the messages of a queue of dead letters go to the queue that they come from, by one move that is waited for, and others nowhere.
func TestRedriveOnAWS(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	for name, text := range map[string]string{"aws": fakeCLI, "sleep": "#!/bin/sh\n"} {
		if err := os.WriteFile(filepath.Join(bin, name), []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	const move = "sqs start-message-move-task --source-arn arn:MailDead --destination-arn arn:MailQueue\n"
	for _, c := range []struct {
		queue, stack, ends string
		says, moves        string
		succeeds           bool
	}{
		{"MailDeadLetters", "prism", `COMPLETED\t7\tNone\n`, "Moving about 7 messages from arn:MailDead to arn:MailQueue ...\nCOMPLETED, about 7 messages moved. What becomes of them: the log group /prism/functions, the alarm MailDeadLettersAlarm", move, true},
		{"MailDeadLetters", "prism", `FAILED\t2\tAccessDenied\n`, "it ended because of: AccessDenied", move, false},
		{"IndexDeadLetters", "prism", "", "arn:IndexDead is empty: nothing moved", "", true},
		{"RelayLogDeadLetters", "prism", "", "RelayLogDeadLetters has no messages of another queue", "", false},
		{"Mail", "prism", "", `no queue "Mail" in the stack prism, which has: MailQueue, MailDeadLetters, IndexDeadLetters, RelayLogDeadLetters`, "", false},
		{"MailDeadLetters", "other", "", "Stack with id other does not exist", "", false},
		{"Mail*", "prism", "", "usage: make redrive QUEUE=", "", false},
	} {
		note := filepath.Join(t.TempDir(), "moved")
		said, err := redrive(t, "PATH="+bin+":"+os.Getenv("PATH"), "QUEUE="+c.queue, "STACK="+c.stack, "MOVED="+note, "ENDS="+c.ends)
		moved, _ := os.ReadFile(note) // none when nothing moved
		if !strings.Contains(said, c.says) || (err == nil) != c.succeeds || string(moved) != c.moves {
			t.Errorf("%s of %s: %v, it says %q and does %q", c.queue, c.stack, err, said, moved)
		}
	}
}
