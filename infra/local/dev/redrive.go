package dev

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"prism-access/infra/local/queue"
)

// redrive takes {"queue": "..."}, one of dead letters, from a script or a form, and puts its messages back into the queue that they come from.
func (s *server) redrive(w http.ResponseWriter, r *http.Request) {
	var in struct{ Queue string }
	form := isForm(r)
	if form {
		in.Queue = r.PostFormValue("queue")
	} else if !decode(w, r, &in) {
		return
	}
	var known []string
	for _, q := range s.Queues {
		dead := q.DeadLetters()
		if dead == nil {
			continue
		}
		if known = append(known, dead.ID); dead.ID == in.Queue {
			done(w, r, form, map[string]string{"message": fmt.Sprintf("%d messages went from %s back to %s.", dead.MoveTo(q), dead.ID, q.ID)})
			return
		}
	}
	if slices.ContainsFunc(s.Queues, func(q *queue.Queue) bool { return q.ID == in.Queue }) {
		problem(w, http.StatusConflict, in.Queue+" has no messages of another queue, so nothing goes back. What to do with them: infra/runbook.md, Dead letters.")
		return
	}
	problem(w, http.StatusNotFound, fmt.Sprintf("There is no queue %q. Messages go back from: %s.", in.Queue, strings.Join(known, ", ")))
}

// purge takes the form that deletes what is in a queue of dead letters: what went by for good, or is mended by other means.
func (s *server) purge(w http.ResponseWriter, r *http.Request) {
	name := r.PostFormValue("queue")
	at := slices.IndexFunc(s.Queues, func(q *queue.Queue) bool { return q.ID == name })
	if at < 0 {
		problem(w, http.StatusNotFound, fmt.Sprintf("There is no queue %q.", name))
		return
	}
	if s.Queues[at].DeadLetters() != nil {
		problem(w, http.StatusConflict, name+" has no dead letters: its messages are on their way.")
		return
	}
	s.Queues[at].Purge()
	http.Redirect(w, r, "/dev", http.StatusSeeOther)
}
