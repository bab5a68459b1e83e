package mail

import (
	"context"

	"prism-access/internal/access"
	"prism-access/internal/accessrequest"
	"prism-access/internal/event"
	"prism-access/internal/fault"
)

// requestAccess mails every Organization Admin that somebody asks for access, each once whatever comes between: one who cannot be mailed
// does not keep the others from it.
func (d Deliver) requestAccess(ctx context.Context, about event.Metadata, said event.AccessRequest) error {
	scope := about.Scope
	now, err := d.Store.RequestByID(ctx, scope, said.ID)
	if err != nil || now.Status != accessrequest.Pending {
		return err
	}
	root, err := d.Store.Root(ctx, scope)
	if err != nil {
		return err
	}
	mail := Requested{
		Requester: now.Requester.Name, Address: now.Requester.Email, Place: placeOf(scope, root, access.Grant{}), Platform: now.Connection.Name,
		Message: now.Message, Link: d.BaseURL + "/" + scope.String() + "/access-requests/" + now.ID,
	}
	for _, brand := range now.WantedBrands {
		mail.Wanted = append(mail.Wanted, brand.Name)
	}
	return d.toAdmins(ctx, about, everyone, func(to string) (Message, error) {
		mail.To = to
		return mail.Compose()
	})
}

// decide returns the mail to whoever asked for access, at the address they have now.
func (d Deliver) decide(ctx context.Context, scope access.Scope, said event.AccessRequest) (*outgoing, error) {
	now, err := d.Store.RequestByID(ctx, scope, said.ID)
	if err != nil {
		return nil, err
	}
	to, root, err := d.reader(ctx, now.Requester.ID, scope)
	if err != nil || to == "" {
		return nil, err
	}
	if now.DecidedBy == nil || now.DecidedAt == nil {
		return nil, fault.Unknown() // nobody has decided it
	}
	mail := Decided{
		To: to, Approved: now.Status == accessrequest.Approved, By: now.DecidedBy.Name, ByAddress: d.addressOf(ctx, *now.DecidedBy),
		Place: placeOf(scope, root, access.Grant{}), Reason: now.Reason, Again: now.DecidedAt.Add(accessrequest.RejectedFor), Link: d.home(),
	}
	if now.Granted != nil {
		mail.Got = *now.Granted
	}
	composed, err := mail.Compose()
	return d.notice(composed, scope), err
}
