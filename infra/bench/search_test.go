package bench

import (
	"fmt"
	"net/http"
	"time"
)

const newcomers = 100 // who are looked for

// found lets people accept, one after the other, and returns how long it took from each accept until a search by their name brings them.
func (s *stack) found() []time.Duration {
	s.b.Helper()
	var admin struct {
		Token string `json:"access_token"`
	}
	s.must(http.MethodPost, "/dev/token", "", object{"email": "search@example.com", "name": "Sear Ch"}, &admin)
	var organization struct{ ID string }
	s.must(http.MethodPost, "/v1/organizations", admin.Token, object{"name": "Search"}, &organization)
	path := "/v1/organizations/" + organization.ID
	var took []time.Duration
	for i := range newcomers {
		email := fmt.Sprintf("newcomer-%03d@found.example", i)
		var made struct {
			Results []struct {
				Invitation struct{ ID string }
			}
		}
		s.must(http.MethodPost, path+"/invitations", admin.Token, object{
			"invitees": []object{{"email": email}}, "role": "admin", "confirm": "admin", "notify": false,
		}, &made)
		var person struct {
			Token string `json:"access_token"`
		}
		name := fmt.Sprintf("Surname%03d", i)
		s.must(http.MethodPost, "/dev/token", "", object{"email": email, "name": "Newcomer " + name}, &person)
		s.must(http.MethodPost, path+"/invitations/"+made.Results[0].Invitation.ID+"/accept", person.Token, nil, nil)
		accepted := time.Now()
		s.wait(func() bool {
			var page struct{ Items []object }
			s.must(http.MethodGet, path+"/members?q="+name, admin.Token, nil, &page)
			return len(page.Items) == 1
		}, "search result for "+name)
		took = append(took, time.Since(accepted))
	}
	return took
}
