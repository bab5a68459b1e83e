package browser

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	dynamodblocal "prism-access/infra/dynamodb-local"
	"prism-access/infra/local/awsjson"
)

// A mail scanner opens every link of a mail before its reader does, runs the scripts of the page, and presses what it finds.
// As long as it is not signed in, and does not know the invited address, nothing may come of it.
func TestScannerChangesNothing(t *testing.T) {
	const heidi, ivan = "heidi@example.com", "ivan@example.com"
	ada, _ := as(t, "scanned@example.com", "Ada Scanned")
	organization := ada.post(http.StatusCreated, "/organizations", object{"name": "Scanned"}).text("id")
	brand := ada.post(http.StatusCreated, "/organizations/"+organization+"/brands", object{"name": "Globex"}).text("id")
	ada.post(http.StatusCreated, "/organizations/"+organization+"/invitations", object{
		"invitees": []object{{"email": heidi}, {"email": ivan}}, "role": "member", "brands": []string{brand}, "brand_role": "viewer",
	})
	var addresses []string
	for _, m := range []mail{here.mail(t, heidi, 1), here.mail(t, ivan, 1)} {
		addresses = append(addresses, m.links()...)
	}
	if len(addresses) < 4 { // the button and the bare link of each
		t.Fatalf("links in the mails: %v", addresses)
	}
	here.published(t, organization, "InvitationDelivered", 2)
	before := here.items(t, organization)
	if len(before) == 0 {
		t.Fatal("nothing to keep unchanged")
	}
	events := len(here.events(t, organization))

	scanner := somebody(t)
	for _, address := range slices.Compact(slices.Sorted(slices.Values(addresses))) {
		for _, method := range []string{http.MethodHead, http.MethodGet} {
			if status := fetch(t, method, address, nil); status != http.StatusOK {
				t.Errorf("%s %s answers %d", method, address, status)
			}
		}
		if strings.Contains(address, acceptPath) {
			scanner.submitsAll(address)
			// And what no form of the page says.
			for _, path := range []string{"", "/decline", "/accept"} {
				for _, form := range []url.Values{{}, {"email": {"scanner@example.com"}}} {
					if status := fetch(t, http.MethodPost, address+path, form); status < 400 || status >= 500 {
						t.Errorf("POST %s %v answers %d", path, form, status)
					}
				}
			}
		}
	}

	if diff := cmp.Diff(before, here.items(t, organization)); diff != "" {
		t.Errorf("items (-before +after):\n%s", diff)
	}
	if got := len(here.events(t, organization)); got != events {
		t.Errorf("%d events, want %d as before", got, events)
	}
	for _, i := range ada.get("/organizations/" + organization + "/invitations").items() {
		if i.text("status") != "pending" {
			t.Errorf("after the scan an invitation is %v", i.body)
		}
	}
}

// submitsAll presses, one after another, every button and link of the page at the address, with something typed into each field.
func (p *person) submitsAll(address string) {
	p.t.Helper()
	pressed := 0
	for i := 0; ; i++ {
		p.open(address)
		more, err := value[bool](p, fmt.Sprintf(`(() => {
			for (const field of document.querySelectorAll("input:not([type=hidden]), textarea")) field.value = "scanner@example.com";
			for (const details of document.querySelectorAll("details")) details.open = true;
			const target = document.querySelectorAll("form button, form input[type=submit], main a")[%d];
			if (target) setTimeout(() => target.click());
			return !!target;
		})()`, i))
		if err != nil {
			p.t.Fatal(err)
		}
		if !more {
			break
		}
		pressed++
		until(p.t, func() string { // whatever it leads to has loaded, and leads no further
			at, err := value[string](p, "document.readyState === 'complete' ? location.pathname : 'loading'")
			if path := strings.TrimPrefix(address, here.base); err != nil || at == "loading" || at == path || at == "/sign-in" {
				return fmt.Sprintf("at %s, %v", at, err)
			}
			return ""
		})
	}
	if pressed < 3 { // Sign in, Create account, Decline
		p.t.Errorf("the scanner found %d things to press, want more", pressed)
	}
}

// fetch sends a request as a program does that knows no browser's headers, and returns the status.
func fetch(t *testing.T, method, address string, form url.Values) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, here.url(address), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode
}

// items returns all that the table holds of an organization, once what was changed is published.
func (s *stack) items(t *testing.T, organization string) []awsjson.Item {
	t.Helper()
	var items []awsjson.Item
	until(t, func() string {
		items = nil
		request := map[string]any{
			"TableName": dynamodblocal.TableName, "ConsistentRead": true, "FilterExpression": "contains(PK, :id)",
			"ExpressionAttributeValues": map[string]any{":id": map[string]string{"S": organization}},
		}
		for more := true; more; {
			var page struct {
				Items            []awsjson.Item
				LastEvaluatedKey awsjson.Item
			}
			if err := s.table.Table(t.Context(), "Scan", request, &page); err != nil {
				t.Fatal(err)
			}
			items = append(items, page.Items...)
			request["ExclusiveStartKey"], more = page.LastEvaluatedKey, len(page.LastEvaluatedKey) > 0
		}
		for _, item := range items {
			if strings.HasPrefix(item.Text("GSI2PK"), "UNPUBLISHED#") {
				return "an event is not published yet"
			}
		}
		return ""
	})
	slices.SortFunc(items, func(a, b awsjson.Item) int {
		return strings.Compare(a.Text("PK")+"\x00"+a.Text("SK"), b.Text("PK")+"\x00"+b.Text("SK"))
	})
	return items
}
