// Command flow goes through the first flow with the client that oapi-codegen makes of openapi.yaml: flow BASE, of a local stack.
//
// It is a module of its own, since the package prism is there only once infra/clients/run.sh has made it.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"time"

	"clients/prism"
)

const (
	inviter  = "go-inviter@example.com"
	invitee  = "go-invitee@example.com"
	stranger = "go-stranger@example.com"

	patience = 10 * time.Second // for the mail, which a subscriber of the bus sends
)

func main() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	err := flow(ctx, os.Args[1])
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "Go client:", err)
		os.Exit(1)
	}
}

func flow(ctx context.Context, base string) error {
	ada, err := clientOf(ctx, base, inviter)
	if err != nil {
		return err
	}
	organization, err := ada.CreateOrganizationWithResponse(ctx, nil, prism.NewNamed{Name: "Go client"})
	if err != nil || organization.JSON201 == nil {
		return failed("create an organization", organization, err)
	}
	org := organization.JSON201.Id
	brand, err := ada.CreateBrandWithResponse(ctx, org, nil, prism.NewNamed{Name: "Globex"})
	if err != nil || brand.JSON201 == nil {
		return failed("create a brand", brand, err)
	}
	role, brands := prism.BrandRolePublisher, prism.OfferedBrands{brand.JSON201.Id}
	invited, err := ada.CreateInvitationsWithResponse(ctx, org, nil, prism.NewInvitations{
		Invitees: []prism.Invitee{{Email: invitee}}, Role: prism.OrganizationRoleMember, Brands: &brands, BrandRole: &role,
	})
	if err != nil || invited.JSON201 == nil || invited.JSON201.Results[0].Outcome != prism.OutcomeInvited {
		return failed("invite", invited, err)
	}
	token, err := tokenOfMail(ctx, base, invitee)
	if err != nil {
		return err
	}
	if err := accept(ctx, base, token); err != nil {
		return err
	}
	members, err := ada.ListMembersWithResponse(ctx, org, nil)
	if err != nil || members.JSON200 == nil {
		return failed("list the members", members, err)
	}
	joined := slices.ContainsFunc(members.JSON200.Items, func(m prism.Membership) bool {
		held, err := m.Role.AsRole()
		return err == nil && held == prism.RoleMember && *m.User.Email == invitee && (*m.Brands)[0].Role == prism.BrandRolePublisher
	})
	if !joined || len(members.JSON200.Items) != 2 || members.JSON200.NextCursor != nil {
		return failed("find the invitee among the members", members, nil)
	}
	if err := check(ctx, base, "organizations/"+org+"/brands/"+brand.JSON201.Id); err != nil {
		return err
	}
	return problems(ctx, base, org, token)
}

// accept looks at what the link offers, as nobody, and accepts it as the invitee.
func accept(ctx context.Context, base, token string) error {
	nobody, err := prism.NewClientWithResponses(base + "/v1")
	if err != nil {
		return err
	}
	preview, err := nobody.PreviewInvitationWithResponse(ctx, token)
	if err != nil || preview.JSON200 == nil || preview.JSON200.Status != prism.InvitationStatusPending {
		return failed("preview the invitation", preview, err)
	}
	grace, err := clientOf(ctx, base, invitee)
	if err != nil {
		return err
	}
	accepted, err := grace.AcceptInvitationWithResponse(ctx, token, nil)
	if err != nil || accepted.JSON200 == nil {
		return failed("accept", accepted, err)
	}
	return nil
}

// check asks, as the invitee, what they may do in the brand.
func check(ctx context.Context, base, scope string) error {
	grace, err := clientOf(ctx, base, invitee)
	if err != nil {
		return err
	}
	for permission, want := range map[prism.Permission]bool{prism.PermissionPublish: true, prism.PermissionManageUsers: false} {
		var question prism.Question
		if err := question.FromCheck(prism.Check{Scope: scope, Permission: permission}); err != nil {
			return err
		}
		answer, err := grace.CheckAccessWithResponse(ctx, nil, question)
		if err != nil || answer.JSON200 == nil {
			return failed("check access", answer, err)
		}
		verdict, err := answer.JSON200.AsVerdict()
		if err != nil || verdict.Allowed != want || want == (verdict.Missing != nil) {
			return failed(fmt.Sprintf("be told %t about %s", want, permission), answer, err)
		}
	}
	return nil
}

// problems sees that errors come as what the contract says: problems of the operations, and messages of the gateway.
func problems(ctx context.Context, base, org, token string) error {
	eve, err := clientOf(ctx, base, stranger)
	if err != nil {
		return err
	}
	invalid, err := eve.CreateOrganizationWithResponse(ctx, nil, prism.NewNamed{})
	if err != nil || invalid.ApplicationproblemJSON422 == nil || (*invalid.ApplicationproblemJSON422.Errors)[0].Pointer != "/name" {
		return failed("be told of the bad field", invalid, err)
	}
	foreign, err := eve.GetOrganizationWithResponse(ctx, org)
	if err != nil || foreign.ApplicationproblemJSON404 == nil || foreign.ApplicationproblemJSON404.Code != "not_found" {
		return failed("find nothing in another's organization", foreign, err)
	}
	taken, err := eve.AcceptInvitationWithResponse(ctx, token, nil)
	if err != nil || taken.ApplicationproblemJSON409 == nil || taken.ApplicationproblemJSON409.Code != "invitation_accepted" {
		return failed("be told that the invitation is accepted", taken, err)
	}
	nobody, err := prism.NewClientWithResponses(base + "/v1")
	if err != nil {
		return err
	}
	unknown, err := nobody.GetMeWithResponse(ctx)
	if err != nil || unknown.JSON401 == nil || unknown.JSON401.Message != "Unauthorized" {
		return failed("be refused without a token", unknown, err)
	}
	return nil
}

// answer is what each operation's answer has.
type answer interface {
	Status() string
	GetBody() []byte
}

// failed tells which step did not go as the contract says, and what came instead.
func failed(step string, got answer, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", step, err)
	}
	return fmt.Errorf("%s: not what the contract says: %s %s", step, got.Status(), got.GetBody())
}

// clientOf returns a client of somebody, who is signed up if they are new.
func clientOf(ctx context.Context, base, email string) (*prism.ClientWithResponses, error) {
	body, err := json.Marshal(map[string]string{"email": email})
	if err != nil {
		return nil, err
	}
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	if err := dev(ctx, http.MethodPost, base+"/dev/token", body, &answer); err != nil {
		return nil, err
	}
	return prism.NewClientWithResponses(base+"/v1", prism.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+answer.AccessToken)
		return nil
	}))
}

var link = regexp.MustCompile(`/invitations/accept/([\w-]+)`)

// tokenOfMail waits for the mail to somebody and returns the token of its link.
func tokenOfMail(ctx context.Context, base, email string) (string, error) {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		var box struct {
			Items []struct {
				To   []string
				Text string
			}
		}
		if err := dev(ctx, http.MethodGet, base+"/dev/mail.json", nil, &box); err != nil {
			return "", err
		}
		for _, mail := range box.Items {
			if found := link.FindStringSubmatch(mail.Text); slices.Contains(mail.To, email) && found != nil {
				return found[1], nil
			}
		}
	}
	return "", fmt.Errorf("no mail to %s in the mailbox", email)
}

// dev calls what the local stack has besides the API.
func dev(ctx context.Context, method, url string, body []byte, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, answer.Status)
	}
	return json.NewDecoder(answer.Body).Decode(into)
}
