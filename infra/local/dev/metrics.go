package dev

import (
	"math"
	"net/http"
	"strconv"
	"strings"

	"prism-access/infra/local/metrics"
	"prism-access/infra/local/page"
)

// alarm is an alarm as the page and the JSON show it.
type alarm struct {
	ID        string  `json:"id"`
	Why       string  `json:"why"`
	Sounds    bool    `json:"sounds"`
	Known     bool    `json:"known"` // whether it has a value
	Value     float64 `json:"value"`
	Threshold float64 `json:"threshold"`
}

func (s *server) alarms() []alarm {
	out := []alarm{}
	for _, a := range s.Alarms() {
		value, known := s.Metrics.Value(a)
		why, _, _ := strings.Cut(a.Description, ". What to do")
		out = append(out, alarm{a.ID, why, s.Metrics.Sounds(a), known, value, a.Threshold})
	}
	return out
}

// metrics shows what CloudWatch would.
func (s *server) metrics(w http.ResponseWriter, _ *http.Request) {
	alarms := s.alarms()
	page.Render(w, http.StatusOK, templates, "metrics.html", struct {
		frame
		Alarms  []alarm
		Metrics []metrics.Series
	}{s.frame("Metrics", "metrics"), alarms, s.Metrics.All()})
}

func (s *server) metricsJSON(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, map[string]any{"alarms": s.alarms(), "metrics": s.Metrics.All()})
}

// number writes a value to two places, without needless digits.
func number(value float64) string { return strconv.FormatFloat(math.Round(value*100)/100, 'f', -1, 64) }
