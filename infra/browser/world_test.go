package browser

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"prism-access/internal/testbed"
)

// world is what pages show: organizations with nothing in them and with a hundred of everything, and those who may see it or not.
type world struct {
	t        *testing.T
	newcomer account // is in nothing
	empty    *scene  // its Admin and one brand
	bare     *scene  // and no brand
	full     *scene
	vic      account // Viewer of the full one's Globex
	hal      account // in a hundred organizations
	broken   *scene  // its item cannot be read

	lonely    string // id of a Member without brands in the empty one
	many      string // id of a Member with 90 brands in the full one
	wants     string // a request for 90 brands
	offer     string // a link to 90 brands
	rejected  account
	offers    string // id of an invitation to the full one
	dead      string // a link to the broken one
	offeredTo account
}

const hundred = 100

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, empty: newScene(t), bare: newOrganization(t), full: newScene(t), broken: newScene(t)}
	bed := testbed.New(t)
	w.newcomer, _, _ = w.empty.account("Nora Newcomer")
	_, w.lonely = w.empty.joins("Lone Member", "viewer")
	w.empty.changes(w.empty.path+"/members/"+w.lonely, object{"brands": object{w.empty.brand: nil}})
	w.fill(bed)
	w.refuse()

	w.offeredTo, _, _ = w.broken.account("Olga Offered")
	w.broken.askFirst()
	_, w.dead = w.broken.invites(w.broken.path, w.offeredTo.email, "viewer")
	within(t, eventDelay, func() string { // all that goes on by itself after its making is done
		if len(w.broken.api.get(w.broken.path+"/members?q=ada").items()) != 1 {
			return "the search does not find Ada"
		}
		return ""
	})
	here.items(t, w.broken.id) // all is published
	here.excuse(w.broken.id)
	bed.Spoil("ORG#"+w.broken.id, "ORG", "version")
	return w
}

// fill puts a hundred of everything into the full organization.
func (w *world) fill(bed *testbed.Bed) {
	s := w.full
	partition := "ORG#" + s.id
	w.vic, _ = s.joins("Vic Viewer", "viewer")
	s.copies(bed, []string{partition, partition + "#BRAND#" + s.brand}, "MEMBER#", "Cora Copied", func() string {
		_, id := s.joins("Cora Copied", "publisher")
		return id
	})
	s.copies(bed, []string{partition}, "REQUEST#", "Quentin Asking", func() string {
		_, id := s.asks("Quentin Asking")
		return id
	})
	for n, to := range []string{s.path, s.globex} {
		id, _ := s.invites(to, "person@invited.example.com", "viewer")
		s.offers(bed, partition, id, n)
		if n == 0 {
			w.offers = id
		}
	}
	s.log(bed, partition)
	brand := bed.Item(partition, "BRAND#"+s.brand)
	bed.Copies(brand, hundred, []string{s.brand, "Globex"}, func(n int) []string { return []string{copied("brd_", n), fmt.Sprint("Brand ", n)} })
	var brands []string
	for n := range 90 {
		brands = append(brands, copied("brd_", n))
	}

	_, w.many = s.joins("Manny Brands", "viewer")
	bed.GiveBrands(s.id, w.many, 90)
	var asking client
	_, asking, _ = s.account("Wanda Wants")
	w.wants = asking.post(http.StatusCreated, s.path+"/access-requests", object{"connection": s.platform, "wanted_brands": brands}).text("id")
	w.offer = strings.TrimPrefix(s.api.post(http.StatusCreated, s.path+"/invitations", object{
		"invitees": []object{{"email": nina}}, "role": "member", "brands": brands, "brand_role": "viewer", "notify": false,
	}).text("results/0/invitation/accept_url"), here.base)

	var hal string
	w.hal, hal = s.joins("Hal Everywhere", "viewer")
	for _, sk := range []string{"ORG", "MEMBER#" + hal} {
		item := bed.Item(partition, sk)
		bed.Copies(item, hundred, []string{s.id, `"` + s.place + `"`}, func(n int) []string { return []string{copied("org_", n), fmt.Sprintf(`"Company %d"`, n)} })
	}
	var connections []object
	connections = append(connections, object{"id": s.platform, "name": "Join page", "enabled": true})
	for n := range 19 {
		connections = append(connections, object{"name": fmt.Sprint("Portal ", n), "enabled": n%2 == 0})
	}
	s.changes(s.path, object{"connections": connections})
}

// refuse has a request rejected.
func (w *world) refuse() {
	var id string
	w.rejected, id = w.empty.asks("Rick Rejected")
	w.empty.api.post(http.StatusOK, w.empty.path+"/access-requests/"+id+"/reject", object{"reason": "Nobody here knows you"})
}

// copied is the id of a copy. The time that it names is long over.
func copied(prefix string, n int) string { return fmt.Sprintf("%s%026d", prefix, n) }

// copies stores a hundred of what one person is in partitions, each of another person.
func (s *scene) copies(bed *testbed.Bed, partitions []string, prefix, name string, made func() string) {
	s.t.Helper()
	id := made()
	for _, partition := range partitions {
		var item testbed.Item
		within(s.t, eventDelay, func() string { // the copy of a brand is made by a subscriber
			if item = bed.Item(partition, prefix+id); item == nil {
				return "there is no " + prefix + id + " in " + partition
			}
			return ""
		})
		email := strings.ToLower(strings.ReplaceAll(name, " ", "."))
		user := testbed.Text(item, "user")
		old := []string{id, name, strings.ToLower(name), email}
		if user == "" {
			old = append(old, requesterOf(item))
		}
		bed.Copies(item, hundred, old, func(n int) []string {
			first, _, _ := strings.Cut(name, " ")
			called := fmt.Sprintf("%s Number %d", first, n)
			return []string{copied(id[:4], n), called, strings.ToLower(called), fmt.Sprint(email, n), copied("usr_", n)}[:len(old)]
		})
	}
}

// offers stores a hundred copies of an invitation.
func (s *scene) offers(bed *testbed.Bed, partition, id string, group int) {
	s.t.Helper()
	bed.Copies(bed.Item(partition, "INVITATION#"+id), hundred, []string{id, "person@"}, func(n int) []string {
		return []string{copied("inv_", group*hundred+n), fmt.Sprintf("person%d@", n)}
	})
}

// log stores a hundred copies of an entry of the log that touches Globex, for the organization and the brand.
func (s *scene) log(bed *testbed.Bed, partition string) {
	s.t.Helper()
	var id string
	for _, item := range here.items(s.t, s.id) { // all of them are published
		if item.Text("PK") == partition+"#LOG" && item.Text("type") == "InvitationCreated" {
			id = item.Text("SK")
		}
	}
	for _, holder := range []string{partition + "#LOG", partition + "#BRAND#" + s.brand + "#LOG"} {
		var item testbed.Item
		within(s.t, eventDelay, func() string { // a subscriber points from the brand's log to the entry
			if item = bed.Item(holder, id); item == nil {
				return holder + " does not have " + id
			}
			return ""
		})
		bed.Copies(item, hundred, []string{id}, func(n int) []string { return []string{copied("", n)} })
	}
}

// requesterOf is the id of who has asked.
func requesterOf(item testbed.Item) string {
	by, _ := item["requester"].(map[string]any)
	fields, _ := by["M"].(map[string]any)
	id, _ := fields["id"].(map[string]any)
	text, _ := id["S"].(string)
	return text
}
