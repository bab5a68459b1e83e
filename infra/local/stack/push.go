package stack

import (
	"log/slog"

	"prism-access/infra/local/push"
	"prism-access/infra/local/template"
)

// push builds what sends the events of a rule to an API destination, and lets it begin anew with those that were on their way.
func (s *Stack) push(p template.Push) (*push.Sender, error) {
	o := push.Options{Target: p.Target, Logger: slog.Default()}
	if dead := s.queues[p.DeadLetters]; dead != nil {
		o.Dead = dead.Send
	}
	sender, err := push.New(o)
	if err != nil {
		return nil, err
	}
	s.pushes[p.ID] = sender
	for _, event := range s.state.Pushes[p.ID] {
		sender.Send(event)
	}
	return sender, nil
}

// stopPushes ends what pushes events, and returns the events that are still on their way by the API destination.
func (s *Stack) stopPushes() map[string][]string {
	left := map[string][]string{}
	for id, sender := range s.pushes {
		left[id] = sender.Stop()
	}
	return left
}
