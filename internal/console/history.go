package console

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/fault"
	"prism-access/internal/page"
)

// pastRow is something that happened to somebody, from the log.
type pastRow struct {
	When      moment
	Who, What string
	WhoClient string // the client id of another system
	InvitedBy string // who let them in, where they have accepted it themselves
	Reason    string
}

// pastShown is how much of somebody's history stands on their page.
const pastShown = 20

// history reads what the log says of a member. Those who may not read the log, which in a disabled workspace is everybody, see none.
func (v *visit) history(scope access.Scope, user string, into *page.List[audit.Listed]) func(context.Context) error {
	limit := pastShown
	return func(ctx context.Context) (err error) {
		*into, err = v.ListAuditLog.Do(ctx, v.caller, audit.ListInput{Scope: scope, User: user, Query: page.Query{Limit: &limit}})
		if errors.Is(err, fault.Forbidden) || fault.HasCode(err, stateDisabled) {
			return nil
		}
		return err
	}
}

// deeds are the changes in words, where what was before and is after does not say it all.
var deeds = map[string]string{
	"MemberAdded": "Got in", "MemberRemoved": "Was removed", "MemberRoleChanged": "Got another role",
	"InvitationCreated": "Was invited", "InvitationResent": "Was sent the invitation again", "InvitationAccepted": "Accepted the invitation",
	"InvitationDeclined": "Declined the invitation", "InvitationExpired": "Did not answer the invitation in time",
	"InvitationInvalidated": "Has an invitation that is not valid any more", "InvitationDeleted": "Had an invitation, which was deleted",
	"InvitationExpiring": "Had an invitation that was about to expire", "InvitationClosed": "Had an invitation, which was closed",
	"InvitationDelivered": "The mail was delivered", "InvitationDeliveryDelayed": "The mail is delayed",
	"InvitationDeliveryFailed": "Could not be reached by mail", "InvitationLinkRequested": "Asked for a new link",
	"MailsStopped": "Gets no more mails from here", "MailsResumed": "Gets mails from here again",
	"AccessRequestCreated": "Asked for access", "AccessRequestApproved": "Got access on request", "AccessRequestRejected": "Was refused access",
	"AccessRequestWithdrawn": "Withdrew the request for access", "AccessRequestClosed": "Did not need the request for access any more",
	"UserRegistered": "Created the account", "UserUpdated": "Changed their name or address",
}

func pastOf(l audit.Listed, scope access.Scope, now time.Time) pastRow {
	row := pastRow{When: at(now, l.OccurredAt), Who: l.Actor.Name, WhoClient: l.Actor.ClientID, What: deeds[l.Type], InvitedBy: invitedBy(l), Reason: reasonWords(l)}
	if row.What == "" {
		row.What = l.Type
	}
	before, after := grantIn(l.Before, scope), grantIn(l.After, scope)
	kind := scope.Kind()
	switch {
	case l.Type == "MemberRemoved" && l.User != nil && l.User.ID == l.Actor.ID:
		row.What = "Left, and had " + grantWords(kind, before)
	case l.Type == "MemberRemoved":
		row.What = "Was removed, and had " + grantWords(kind, before)
	case l.Type == "MemberAdded":
		row.What = "Got in as " + grantWords(kind, after)
	case l.Type == "MemberRoleChanged" && kind == access.KindBrand && before.Role == "":
		row.What = "Got in as " + grantWords(kind, after)
	case l.Type == "MemberRoleChanged" && kind == access.KindBrand && after.Role == "":
		row.What = "Was removed, and had " + grantWords(kind, before)
	case l.Type == "MemberRoleChanged":
		row.What = "Changed from " + grantWords(kind, before) + " to " + grantWords(kind, after)
	}
	if row.Who == "" {
		row.Who = "Prism"
	}
	row.What = strings.TrimSuffix(row.What, ", and had ")
	return row
}

// grantIn reads a role of an organization as the log has it, as it counts in the scope.
func grantIn(said map[string]any, scope access.Scope) access.Grant {
	var grant access.Grant
	text, _ := json.Marshal(said)    // it was JSON before
	_ = json.Unmarshal(text, &grant) // what is no grant is none
	switch {
	case scope.Kind() != access.KindBrand:
		return grant
	case grant.Role == access.Admin && len(grant.Brands) == 0:
		return access.Grant{Role: organizationAdmin}
	}
	in := access.Grant{}
	for _, b := range grant.Brands {
		if b.ID == scope.Brand {
			in.Role = b.Role
		}
	}
	return in
}
