package boot

import (
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/brand"
	"prism-access/internal/bus"
	"prism-access/internal/invitation"
	"prism-access/internal/mail"
	"prism-access/internal/member"
	"prism-access/internal/organization"
)

// Each operation with its dependencies. The API's functions and the console take the same ones.

func (e *Env) register() account.Register {
	return account.Register{Store: e.Table(), Now: e.now, NewID: e.newID}
}

func (e *Env) createOrganization() organization.Create {
	return organization.Create{Store: e.Table(), Now: e.now, NewID: e.newID, BaseURL: e.baseURL()}
}

func (e *Env) getOrganization() organization.Get {
	return organization.Get{Store: e.Table(), BaseURL: e.baseURL()}
}

func (e *Env) updateOrganization() organization.Update {
	return organization.Update{Store: e.Table(), Now: e.now, NewID: e.newID, BaseURL: e.baseURL()}
}

func (e *Env) createBrand() brand.Create {
	return brand.Create{Store: e.Table(), Now: e.now, NewID: e.newID}
}

func (e *Env) createInvitations() invitation.Create {
	return invitation.Create{Store: e.Table(), Now: e.now, NewID: e.newID, Links: e.links()}
}

func (e *Env) listInvitations() invitation.List {
	return invitation.List{Store: e.Table(), Now: e.now}
}

func (e *Env) getInvitation() invitation.Get {
	return invitation.Get{Store: e.Table(), Now: e.now, Links: e.links()}
}

func (e *Env) resendInvitation() invitation.Resend {
	return invitation.Resend{Store: e.Table(), Now: e.now, NewID: e.newID, Links: e.links()}
}

func (e *Env) deleteInvitation() invitation.Delete {
	return invitation.Delete{Store: e.Table(), Now: e.now, NewID: e.newID}
}

func (e *Env) showInvitation() invitation.Show {
	return invitation.Show{Store: e.Table(), Now: e.now, Links: e.links()}
}

func (e *Env) acceptInvitation() invitation.Accept {
	return invitation.Accept{Store: e.Table(), Now: e.now, NewID: e.newID, Links: e.links()}
}

func (e *Env) declineInvitation() invitation.Decline {
	return invitation.Decline{Store: e.Table(), Now: e.now, NewID: e.newID, Links: e.links()}
}

func (e *Env) listMyInvitations() invitation.Mine {
	return invitation.Mine{Store: e.Table(), Now: e.now}
}

func (e *Env) countMembers() member.Count {
	return member.Count{Store: e.Table(), Now: e.now}
}

func (e *Env) bus() bus.Bus {
	return bus.New(e.aws(), e.required("BUS_NAME"), e.getenv("AWS_ENDPOINT_URL_EVENTBRIDGE"))
}

func (e *Env) relay() audit.Relay {
	return audit.Relay{Outbox: e.Table(), Publisher: e.bus()}
}

func (e *Env) sweep() audit.Sweep {
	return audit.Sweep{Outbox: e.Table(), Publisher: e.bus(), Now: e.now}
}

func (e *Env) expire() invitation.Expire {
	return invitation.Expire{Store: e.Table(), Now: e.now, NewID: e.newID}
}

func (e *Env) deliver() mail.Deliver {
	sender := mail.NewSES(e.aws(), mail.SESOptions{
		From: e.required("MAIL_FROM"), ConfigurationSet: e.required("MAIL_CONFIGURATION_SET"), Endpoint: e.getenv("AWS_ENDPOINT_URL_SESV2"),
	})
	return mail.Deliver{Store: e.Table(), Sender: sender, Links: e.links(), BaseURL: e.baseURL(), Now: e.now}
}
