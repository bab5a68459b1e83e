package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/guregu/dynamo/v2"

	"prism-access/internal/access"
	"prism-access/internal/audit"
	"prism-access/internal/request"
)

// parcel is what one of the several things of a call stores: all of it or nothing.
type parcel struct {
	number int    // of the thing in the call
	result string // what the record of it names
	writes []write
	admins int  // by how many the Admins get more, or less
	mails  bool // counts against the mails of the hour
}

// spare is what storing leaves of the time of a call, for the answer that says what became of each thing.
const spare = 500 * time.Millisecond

// packing stores parcels in as few transactions as 100 writes each allow, one after another: each of them checks the caller's membership, and
// transactions that share an item collide. A parcel that is refused is taken out and the others are tried again. The mails are reserved once per
// call, by its first transaction.
type packing struct {
	table      *Table
	scope      access.Scope
	parcels    []parcel
	trail      audit.Trail
	errs       []error
	waiting    []int // parcels that are neither stored nor refused
	unreserved int   // mails still to be reserved; 0 from the first commit on
}

// pack stores the parcels of a call and returns one error per parcel, nil for the stored. trail.Entries are not used: each parcel brings its own.
func (t *Table) pack(ctx context.Context, scope access.Scope, parcels []parcel, trail audit.Trail) []error {
	if end, limited := ctx.Deadline(); limited {
		var cancel context.CancelFunc
		ctx, cancel = context.WithDeadline(ctx, end.Add(-spare))
		defer cancel()
	}
	p := &packing{table: t, scope: scope, parcels: parcels, trail: trail, errs: make([]error, len(parcels))}
	for i, parcel := range parcels {
		p.waiting = append(p.waiting, i)
		if parcel.mails {
			p.unreserved++
		}
	}
	for len(p.waiting) > 0 {
		p.commitSome(ctx)
	}
	return p.errs
}

// owned is a write that belongs to a parcel; shared ones belong to the call.
type owned struct {
	write
	parcel int
}

const shared = -1

// commitSome stores the first parcels that fit into one transaction, or refuses at least one.
func (p *packing) commitSome(ctx context.Context) {
	writes := p.shared()
	taken, admins := 0, 0
	for _, i := range p.waiting {
		own := p.own(p.parcels[i])
		count := 0 // of Admins, which is one more write
		if admins != 0 || p.parcels[i].admins != 0 {
			count = 1
		}
		if len(writes)+len(own)+count > transactionSize {
			break
		}
		admins += p.parcels[i].admins
		for _, w := range own {
			writes = append(writes, owned{w, i})
		}
		taken++
	}
	if taken == 0 {
		p.refuse(p.waiting[0], fmt.Errorf("one thing takes more than %d writes", transactionSize))
		return
	}
	if admins != 0 {
		writes = append(writes, owned{p.table.countSeveral(p.scope.Root(), admins), shared})
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

// own returns the writes of a parcel, with the record that it is done.
func (p *packing) own(one parcel) []write {
	caller := p.trail.Caller
	if caller.Request.IdempotencyKey == "" {
		return one.writes
	}
	record := p.table.newRecord(recordKey(caller.Item(one.number)), caller, []string{one.result})
	return append(slices.Clip(one.writes), put(p.table, record, repeated, "attribute_not_exists(PK) OR 'expires' <= ?", p.table.realNow().Unix()))
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

// scarce refuses because there is not enough of something for all parcels that need it.
type scarce struct {
	left  int // for how many there is
	needs func(parcel) bool
	err   error
}

func (s *scarce) Error() string { return s.err.Error() }
func (s *scarce) Unwrap() error { return s.err }

// countSeveral is countAdmins whose refusal tells how many Admins can go.
func (t *Table) countSeveral(organization access.Scope, by int) write {
	w := t.countAdmins(organization, by)
	refuse := w.refuse
	w.refuse = func(old dynamo.Item) error {
		var before organizationItem
		if old == nil || decode(old, &before) != nil {
			return refuse(old)
		}
		return &scarce{left: max(0, before.Admins-1), needs: func(one parcel) bool { return one.admins < 0 }, err: refuse(old)}
	}
	return w
}

// takeOut removes the parcels whose conditions failed. When a write of the call itself failed, that decides; what is scarce is shared out among
// those that nothing else is wrong with.
func (p *packing) takeOut(writes []owned, refused []error) {
	var short *scarce
	for n, err := range refused {
		if err != nil && writes[n].parcel == shared && !errors.As(err, &short) {
			p.refuseAll(err)
			return
		}
	}
	all := len(p.waiting)
	for n, err := range refused {
		if i := writes[n].parcel; err != nil && i != shared && p.errs[i] == nil {
			p.refuse(i, err)
		}
	}
	if short != nil && len(p.waiting) == all {
		p.ration(short)
	}
}

// ration lets as many parcels through as there is enough for, and refuses those beyond, the last ones first.
func (p *packing) ration(short *scarce) {
	all, left := len(p.waiting), short.left
	for _, i := range slices.Clone(p.waiting) {
		switch {
		case !short.needs(p.parcels[i]):
		case left > 0:
			left--
		default:
			p.refuse(i, short.err)
		}
	}
	if len(p.waiting) == all { // it has become enough meanwhile, or is short for another reason
		p.refuseAll(short.err)
	}
}

func (p *packing) refuse(parcel int, err error) {
	p.errs[parcel] = err
	p.waiting = slices.DeleteFunc(p.waiting, func(i int) bool { return i == parcel })
	if p.parcels[parcel].mails && p.unreserved > 0 {
		p.unreserved--
	}
}

func (p *packing) refuseAll(err error) {
	for _, i := range p.waiting {
		p.errs[i] = err
	}
	p.waiting = nil
}
