package mail

import (
	"context"
	"errors"

	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/invitation"
	"prism-access/internal/request"
	"prism-access/internal/telemetry"
)

// errUnderWay says that another attempt holds the claim; the queue brings the event again.
var errUnderWay = errors.New("another attempt to send this mail is under way")

// send sends the mail unless it was sent before, or none may go to its address. An attempt that may have failed gives its claim back: rather twice than never.
func (d Deliver) send(ctx context.Context, about event.Metadata, mail outgoing) error {
	log := d.Logger.With("operation", "send-mail", "event", about.ID, "correlation_id", about.CorrelationID)
	to := invitation.Addressee{Root: mail.about.Root, Address: account.EmailKey(mail.To)}
	claimed, sent, err := d.claim(ctx, about, mail, to)
	stopped, isStopped := errors.AsType[*invitation.Stopped](err)
	switch {
	case isStopped:
		log.InfoContext(ctx, "mail not sent", "error", stopped, telemetry.MailsFailed.One())
		return d.noteFailure(ctx, about, mail, "not sent, because of an earlier mail: "+stopped.Why)
	case err != nil:
		return err
	case sent:
		return nil
	case !claimed:
		return errUnderWay
	}
	mail.Tags = invitation.Tags(mail.about, about.CorrelationID)
	err = d.Sender.Send(ctx, mail.Message)
	if refused, isRefused := errors.AsType[*Refused](err); isRefused {
		log.ErrorContext(ctx, "mail refused", "error", refused.Err, telemetry.MailsFailed.One())
		err = d.noteFailure(ctx, about, mail, refused.Detail)
	} else if err == nil {
		log.InfoContext(ctx, "mail sent", telemetry.MailsSent.One())
	}
	if err != nil {
		return errors.Join(err, d.Store.ReleaseMail(context.WithoutCancel(ctx), about.ID, to.Address))
	}
	if err := d.Store.SettleMail(ctx, about.ID, to.Address); err != nil {
		// It is out. To report this would bring the event again, and the mail with it.
		log.WarnContext(ctx, "mail sent, but not marked as sent", "error", err)
	}
	return nil
}

// claim takes the right to send the mail. One that carries an invitation which somebody has sent again ends what had stopped mails before that.
func (d Deliver) claim(ctx context.Context, about event.Metadata, mail outgoing, to invitation.Addressee) (claimed, sent bool, err error) {
	_, err = request.Retry(func() (_ struct{}, err error) {
		to.Resumes = nil
		claimed, sent, err = d.Store.ClaimMail(ctx, about.ID, to, ClaimLapse)
		stopped, isStopped := errors.AsType[*invitation.Stopped](err)
		if !isStopped || mail.resent == nil {
			return struct{}{}, err
		}
		log := audit.Log{Now: d.Now(), NewID: d.Track.NewID, Actor: about.Actor, Request: request.Request{CorrelationID: about.CorrelationID}}
		if to.Resumes = mail.resent.Resumes(stopped.MailStop, log); to.Resumes != nil {
			claimed, sent, err = d.Store.ClaimMail(ctx, about.ID, to, ClaimLapse)
		}
		return struct{}{}, err
	})
	return claimed, sent, err
}

// noteFailure shows where the admin looks, on the invitation, why its mail never arrives.
func (d Deliver) noteFailure(ctx context.Context, about event.Metadata, mail outgoing, detail string) error {
	if mail.about.ID == "" {
		return nil
	}
	return d.Track.Do(ctx, invitation.Report{About: mail.about, Status: invitation.DeliveryFailed, Detail: detail, CorrelationID: about.CorrelationID})
}
