package dev

import (
	"fmt"
	"net/http"
	"time"

	"prism-access/infra/local/bus"
	"prism-access/infra/local/ses"
)

// moment is where the clock stands.
type moment struct {
	Now    time.Time `json:"now"`
	Offset string    `json:"offset"` // ahead of the real time
	Ahead  string    `json:"-"`      // in words, "" for not at all
}

func (s *server) time() moment {
	offset := s.Clock.Offset()
	m := moment{Now: s.Clock.Now().UTC(), Offset: offset.String()}
	const day = 24 * time.Hour
	days, rest := offset/day, offset%day
	switch {
	case offset == 0:
	case days == 1 && rest == 0:
		m.Ahead = "1 day ahead"
	case rest == 0:
		m.Ahead = fmt.Sprintf("%d days ahead", days)
	default:
		m.Ahead = offset.String() + " ahead"
	}
	return m
}

// moveClock takes {"advance": "168h"} or {"reset": true}, from a script or a form.
func (s *server) moveClock(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Advance string
		Reset   bool
	}
	form := isForm(r)
	if form {
		in.Advance, in.Reset = r.PostFormValue("advance"), r.PostFormValue("reset") != ""
	} else if !decode(w, r, &in) {
		return
	}
	switch advance, err := time.ParseDuration(in.Advance); {
	case in.Reset:
		s.Clock.Set(0)
	case err != nil || advance <= 0:
		problem(w, http.StatusBadRequest, `advance is a duration such as "168h", or reset is true`)
		return
	default:
		s.Clock.Advance(advance)
	}
	done(w, r, form, s.time())
}

// faults are the switches.
type faults struct {
	SES       ses.Fault `json:"ses"`
	Events    bus.Fault `json:"events"`
	Indexes   string    `json:"indexes"`   // "lag" or ""
	Functions string    `json:"functions"` // "throttle" or ""
}

const (
	lag      = "lag"
	throttle = "throttle"
)

func (s *server) faults() faults {
	f := faults{SES: s.Mailbox.Fault(), Events: s.Bus.Fault()}
	if s.lagging() {
		f.Indexes = lag
	}
	if s.Throttled.Load() {
		f.Functions = throttle
	}
	return f
}

// setFaults changes the faults that are named, and leaves the others.
func (s *server) setFaults(w http.ResponseWriter, r *http.Request) {
	in := s.faults()
	form := isForm(r)
	if form {
		in = faults{ses.Fault(r.PostFormValue("ses")), bus.Fault(r.PostFormValue("events")), r.PostFormValue("indexes"), r.PostFormValue("functions")}
	} else if !decode(w, r, &in) {
		return
	}
	switch in.SES {
	case ses.None, ses.Throttle, ses.Unverified, ses.Refuse, ses.Timeout, ses.Bounce, ses.Complaint, ses.Delay, ses.Reject:
	default:
		problem(w, http.StatusBadRequest, `ses is "throttle", "unverified", "refuse", "timeout", "bounce", "complaint", "delay", "reject" or ""`)
		return
	}
	switch in.Events {
	case bus.None, bus.Partial, bus.Down:
	default:
		problem(w, http.StatusBadRequest, `events is "partial", "down" or ""`)
		return
	}
	if in.Indexes != "" && in.Indexes != lag {
		problem(w, http.StatusBadRequest, `indexes is "lag" or ""`)
		return
	}
	if in.Functions != "" && in.Functions != throttle {
		problem(w, http.StatusBadRequest, `functions is "throttle" or ""`)
		return
	}
	s.Throttled.Store(in.Functions == throttle)
	s.Mailbox.SetFault(in.SES)
	s.Bus.SetFault(in.Events)
	if err := s.setLag(r, in.Indexes == lag); err != nil {
		problem(w, http.StatusBadGateway, err.Error())
		return
	}
	done(w, r, form, s.faults())
}

func (s *server) setLag(r *http.Request, on bool) error {
	switch {
	case on && !s.lagging():
		return s.Proxy.DelayIndexes(r.Context(), s.Table, IndexDelay, true)
	case !on && s.lagging():
		s.Proxy.StopDelay()
	}
	return nil
}
