// Package mail writes and sends the mails of Prism Access: what a mail says is composed purely from facts, Deliver decides who
// is to be told what about an event, and SES sends. It changes nothing but what became of a mail.
package mail

import (
	"bytes"
	"embed"
	"fmt"
	htmltemplate "html/template"
	"strings"
	"sync"
	texttemplate "text/template"
)

// Message is a mail that is ready to be sent.
type Message struct {
	To      string // one bare address
	Subject string // one line of at most 60 characters
	HTML    string
	Text    string            // the same facts in the same order
	Tags    map[string]string // what delivery events are recognised by
}

// letter is what a mail says, in one language, before it has a form. Every string in it is neutral.
type letter struct {
	Language  string
	Product   string
	Subject   string
	Preheader string // what an inbox shows beside the subject; says more than the subject
	Heading   string
	Lead      string
	Facts     []fact
	QuoteBy   string
	Quote     []string // what somebody wrote, by line
	Note      string
	Button    string
	OrOpen    string // introduces the bare link
	Link      string
	Why       string // why the reader got this mail
}

// fact is one line of the short list of what matters.
type fact struct{ Label, Value string }

//go:embed layout.html.tmpl layout.txt.tmpl
var layoutFiles embed.FS

// layouts are parsed when the first mail is composed: a function that sends none does not pay for them.
var layouts = sync.OnceValue(func() (parsed struct {
	html *htmltemplate.Template
	text *texttemplate.Template
},
) {
	parsed.html = htmltemplate.Must(htmltemplate.ParseFS(layoutFiles, "layout.html.tmpl"))
	parsed.text = texttemplate.Must(texttemplate.ParseFS(layoutFiles, "layout.txt.tmpl"))
	return parsed
})

// message puts the letter into the layouts.
func (l letter) message(to string) (Message, error) {
	var html, text bytes.Buffer
	if err := layouts().html.Execute(&html, l); err != nil {
		return Message{}, fmt.Errorf("compose HTML: %w", err)
	}
	if err := layouts().text.Execute(&text, l); err != nil {
		return Message{}, fmt.Errorf("compose text: %w", err)
	}
	return Message{To: to, Subject: l.Subject, HTML: html.String(), Text: strings.TrimSpace(text.String()) + "\n"}, nil
}
