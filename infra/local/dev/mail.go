package dev

import (
	"net/http"
	"regexp"
	"slices"

	"prism-access/infra/local/page"
	"prism-access/infra/local/ses"
)

func (s *server) mails(w http.ResponseWriter, _ *http.Request) {
	mails := s.Mailbox.Mails()
	slices.Reverse(mails)
	page.Render(w, http.StatusOK, templates, "mails.html", struct {
		frame
		Mails []ses.Mail
		Full  bool
	}{s.frame("Mailbox", "mail"), mails, len(mails) >= ses.Keep})
}

func (s *server) find(w http.ResponseWriter, r *http.Request) (ses.Mail, bool) {
	mails := s.Mailbox.Mails()
	at := slices.IndexFunc(mails, func(m ses.Mail) bool { return m.ID == r.PathValue("id") })
	if at < 0 {
		http.Error(w, "There is no such mail. The mailbox is emptied with the data.", http.StatusNotFound)
		return ses.Mail{}, false
	}
	return mails[at], true
}

func (s *server) mail(w http.ResponseWriter, r *http.Request) {
	if mail, ok := s.find(w, r); ok {
		page.Render(w, http.StatusOK, templates, "mail.html", struct {
			frame
			Mail ses.Mail
		}{s.frame(mail.Subject, "mail"), mail})
	}
}

// head is where a document can take a base element.
var head = regexp.MustCompile(`(?i)<head[^>]*>`)

// mailHTML serves a mail as a mail client shows it: its own styles, nothing from outside, no scripts. Its links open in
// place of the whole page.
func (s *server) mailHTML(w http.ResponseWriter, r *http.Request) {
	mail, ok := s.find(w, r)
	if !ok {
		return
	}
	const base = `<base target="_top">`
	body := base + mail.HTML
	if at := head.FindStringIndex(mail.HTML); at != nil {
		body = mail.HTML[:at[1]] + base + mail.HTML[at[1]:]
	}
	header := w.Header()
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; "+
		"frame-ancestors 'self'; sandbox allow-top-navigation-by-user-activation")
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(body)) // a client gone does not matter
}

func (s *server) mailJSON(w http.ResponseWriter, _ *http.Request) {
	mails := s.Mailbox.Mails()
	if mails == nil {
		mails = []ses.Mail{}
	}
	answer(w, http.StatusOK, map[string]any{"items": mails})
}
