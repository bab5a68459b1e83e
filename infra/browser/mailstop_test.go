package browser

import (
	"strings"
	"testing"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/testbed"
)

// comesBack says that a notice about a place came back from somebody's mailbox.
func comesBack(t *testing.T, place, address string) {
	t.Helper()
	root, err := access.ParseScope(strings.TrimPrefix(place, "/"))
	if err != nil {
		t.Fatal(err)
	}
	bed := testbed.New(t)
	bed.Advance(time.Since(bed.Now())) // to the stack's clock
	bed.ComesBack(root, address)
}

// The page of a member to whom no mails go says so, and sends them again; one who may not do so sees nothing of it.
func TestMailsToAMemberInTheBrowser(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	pia, id := s.joins("Pia", "publisher")
	comesBack(t, s.path, pia.email)
	ada, page := somebody(t), s.path+"/users/"+id
	ada.enters(s.ada)
	ada.open(page)
	ada.sees("Mails to Pia’s address have stopped since", "mailbox does not exist", "Gets no more mails from here")
	ada.look("profile-mails-stopped")
	ada.follow("button", "Send mails again")
	ada.sees("Mails about "+s.place+" go to Pia again.", "Gets mails from here again")
	ada.seesNot("have stopped")
	ada.look("profile-mails-resumed")

	comesBack(t, s.path, pia.email)
	herself := somebody(t)
	herself.enters(pia)
	herself.open(page)
	herself.sees("Publisher")
	herself.seesNot("have stopped")
}
