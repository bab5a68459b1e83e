package store

import (
	"context"
	"errors"
	"fmt"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/invitation"
	"prism-access/internal/request"
)

// SaveOpenings implements invitation.CreateStore.
func (t *Table) SaveOpenings(ctx context.Context, scope access.Scope, openings []invitation.Opening, trail audit.Trail) []error {
	p := &packing{table: t, scope: scope, openings: openings, trail: trail, errs: make([]error, len(openings))}
	for i, opening := range openings {
		p.waiting = append(p.waiting, i)
		if opening.Mails {
			p.unreserved++
		}
	}
	for len(p.waiting) > 0 {
		p.commitSome(ctx)
	}
	return p.errs
}

// packing stores openings in as few transactions as 100 writes each allow, one after another. One that is refused is taken
// out and the others are tried again. The mails are reserved once per call, by its first transaction.
type packing struct {
	table      *Table
	scope      access.Scope
	openings   []invitation.Opening
	trail      audit.Trail
	errs       []error
	waiting    []int // openings that are neither stored nor refused
	unreserved int   // mails still to be reserved; 0 from the first commit on
}

// owned is a write that belongs to an opening; shared ones belong to the call.
type owned struct {
	write
	opening int
}

const shared = -1

// commitSome stores the first openings that fit into one transaction, or refuses at least one.
func (p *packing) commitSome(ctx context.Context) {
	writes := p.shared()
	taken, admins := 0, 0
	for _, i := range p.waiting {
		own, more := p.table.opening(p.openings[i], p.trail.Caller), 0
		if joins := p.openings[i].Joins; joins != nil {
			more = moreAdmins(*joins)
		}
		if len(writes)+len(own)+min(1, admins+more) > transactionSize { // the count of Admins is one more
			break
		}
		admins += more
		for _, w := range own {
			writes = append(writes, owned{w, i})
		}
		taken++
	}
	if taken == 0 {
		p.refuse(p.waiting[0], fmt.Errorf("one invitee takes more than %d writes", transactionSize))
		return
	}
	if admins > 0 {
		writes = append(writes, owned{p.table.countAdmins(p.scope.Root(), admins), shared})
	}
	plain := make([]write, len(writes))
	for n, w := range writes {
		plain[n] = w.write
	}
	refused, err := p.table.tryCommit(ctx, plain)
	switch {
	case err != nil:
		p.refuseAll(err)
	case refused == nil:
		p.waiting = p.waiting[taken:]
		p.unreserved = 0
	default:
		p.takeOut(writes, refused)
	}
}

// shared returns the writes of the call itself.
func (p *packing) shared() []owned {
	var writes []owned
	if name := p.trail.Caller.Request.IdempotencyKey; name != "" {
		record := p.table.newRecord(requestKey(p.trail.Caller.User, name), p.trail.Caller, nil)
		reused := always(request.KeyReused())
		w := put(p.table, record, reused, "attribute_not_exists(PK) OR 'fingerprint' = ? OR 'expires' <= ?", record.Fingerprint, p.table.realNow().Unix())
		writes = append(writes, owned{w, shared})
	}
	for _, w := range p.table.unchanged(p.trail.Unchanged) {
		writes = append(writes, owned{w, shared})
	}
	if p.unreserved > 0 {
		writes = append(writes, owned{p.table.reserveMails(p.scope.Root(), p.unreserved), shared})
	}
	return writes
}

// takeOut removes the openings whose conditions failed. When a write of the call itself failed, that decides.
func (p *packing) takeOut(writes []owned, refused []error) {
	for n, err := range refused {
		var rate *rateRefusal
		switch {
		case err == nil:
		case errors.As(err, &rate):
			p.ration(rate)
			return
		case writes[n].opening == shared:
			p.refuseAll(err)
			return
		}
	}
	for n, err := range refused {
		if err != nil && p.errs[writes[n].opening] == nil {
			p.refuse(writes[n].opening, err)
		}
	}
}

// ration refuses the mails beyond what is left of the hour, the last ones first.
func (p *packing) ration(rate *rateRefusal) {
	left := rate.left
	for _, i := range append([]int(nil), p.waiting...) {
		switch {
		case !p.openings[i].Mails:
		case left > 0:
			left--
		default:
			p.refuse(i, rate.err)
		}
	}
}

func (p *packing) refuse(opening int, err error) {
	p.errs[opening] = err
	var rest []int
	for _, i := range p.waiting {
		if i != opening {
			rest = append(rest, i)
		}
	}
	p.waiting = rest
	if p.openings[opening].Mails && p.unreserved > 0 {
		p.unreserved--
	}
}

func (p *packing) refuseAll(err error) {
	for _, i := range p.waiting {
		p.errs[i] = err
	}
	p.waiting = nil
}

// opening returns the writes of one invitee.
func (t *Table) opening(o invitation.Opening, caller request.Caller) []write {
	var writes []write
	result := ""
	if o.Lapsed != nil {
		writes = append(writes, t.settle(o.Lapsed.Expire(), ""))
	}
	if o.Invitation != nil {
		result = o.Invitation.ID
		writes = append(writes,
			putNew(t, newInvitationItem(*o.Invitation), overtaken),
			put(t, newOpenItem(*o.Invitation), alreadyOpen, "attribute_not_exists(PK) OR 'expires' <= ?", o.Invitation.SentAt.Unix()))
		writes = append(writes, t.reminder(*o.Invitation, o.Mails)...)
	}
	if o.Joins != nil {
		result = o.Joins.After.User.ID
		writes = append(writes, t.membership(*o.Joins)...)
		if o.Lapsed != nil {
			writes = append(writes, t.releaseGuard(*o.Lapsed))
		}
	}
	if caller.Request.IdempotencyKey != "" {
		k := recordKey(caller.Item(o.Number))
		writes = append(writes, put(t, t.newRecord(k, caller, []string{result}), repeated, "attribute_not_exists(PK) OR 'expires' <= ?", t.realNow().Unix()))
	}
	return append(writes, t.entries(o.Entries)...)
}
