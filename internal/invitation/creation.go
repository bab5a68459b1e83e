package invitation

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"prism-access/internal/access"
	"prism-access/internal/account"
	"prism-access/internal/audit"
	"prism-access/internal/event"
	"prism-access/internal/fault"
	"prism-access/internal/member"
	"prism-access/internal/request"
)

// creation is one call of Create under way.
type creation struct {
	op       Create
	caller   request.Caller
	in       CreateInput
	people   []address
	ground   Ground
	brands   []access.BrandRole
	now      time.Time
	log      audit.Log
	results  []Result
	todo     []int     // invitees without a final result
	saved    bool      // something was stored
	openings []Opening // what is to be saved
}

func (op Create) newCreation(caller request.Caller, in CreateInput) *creation {
	call := &creation{op: op, caller: caller, in: in, now: op.Now()}
	call.results = make([]Result, len(in.Invitees))
	people, bad := in.read()
	call.people = people
	for i, invitee := range in.Invitees {
		call.results[i].Invitee = invitee
		if field, isBad := bad[i]; isBad {
			call.fail(i, fault.Fields([]fault.Field{field}))
			continue
		}
		call.todo = append(call.todo, i)
	}
	return call
}

// run invites. Those who were overtaken by somebody else's change are decided again from fresh reads.
func (c *creation) run(ctx context.Context) error {
	_, err := request.Retry(func() (struct{}, error) {
		err := c.authorize(ctx)
		if err == nil && c.in.DryRun { // it tells who has an account, and leaves no trace in the log (R32)
			err = c.op.Store.ReserveLookups(ctx, c.caller.User, len(c.todo))
		}
		if err == nil {
			err = c.decide(ctx)
		}
		switch {
		case err != nil && !c.saved:
			return struct{}{}, err
		case err != nil: // the right was lost after some were invited
			for _, i := range c.todo {
				c.fail(i, err)
			}
			return struct{}{}, nil
		case c.in.DryRun:
			return struct{}{}, nil
		}
		c.save(ctx)
		if len(c.todo) > 0 {
			return struct{}{}, request.Overtaken()
		}
		return struct{}{}, nil
	})
	if err != nil && c.saved {
		for _, i := range c.todo {
			c.fail(i, err)
		}
		err = nil
	}
	if err != nil || c.in.DryRun {
		return err
	}
	if err = c.recall(ctx); c.saved {
		return nil // what was made is said, whatever could not be looked up
	}
	return err
}

// wasUnavailable reports whether nobody could be invited because the table did not answer: then the whole call is to be tried again.
func (c *creation) wasUnavailable() bool {
	return !slices.ContainsFunc(c.results, func(r Result) bool { return r.Error == nil || r.Error.Kind != fault.Unavailable })
}

// authorize reads the ground and checks that the caller may offer what the terms say.
func (c *creation) authorize(ctx context.Context) error {
	keys := make([]string, len(c.todo))
	for n, i := range c.todo {
		keys[n] = c.people[i].Key
	}
	ground, err := c.op.Store.Ground(ctx, c.caller.User, c.in.Scope, c.in.Brands, keys)
	if err != nil {
		return err
	}
	if err := ground.Standing.May(access.ToInvite); err != nil {
		return err
	}
	brands, fields := c.in.offered(ground.Brands)
	if c.in.Scope.Kind() == access.KindWorkspace && !ground.Standing.Roles.Has(c.in.Role) {
		fields = append(fields, access.UnknownRole())
	}
	if len(fields) > 0 {
		return fault.Fields(append(fields, c.in.ValidateItems()...))
	}
	c.ground, c.brands = ground, brands
	c.log = audit.Log{Now: c.now, NewID: c.op.NewID, Actor: ground.Standing.Person, Request: c.caller.Request}
	if err := access.CheckCeiling(ground.Standing, c.offered().Offer()); err != nil {
		return err
	}
	return ground.Limited
}

// offered returns the invitation that each invitee gets, but for whom it is.
func (c *creation) offered() Invitation {
	return Invitation{
		Scope: c.in.Scope, ScopeName: c.ground.Standing.ScopeName, Role: c.in.Role, RoleName: c.ground.Standing.RoleName(c.in.Role), Brands: c.brands,
	}.within(c.ground.Standing)
}

func (c *creation) fail(i int, err error) {
	failed := fault.Of(err)
	if failed.Code == "invitation_pending" && c.ground.Standing.May(access.ToManageInvitations) != nil {
		failed.Message = "This person has an open invitation already. Whoever manages invitations can resend it."
	}
	c.results[i].Outcome, c.results[i].Error = Failed, failed
}

// decide works out for each invitee what is to happen. It reads once more when there are accounts or lapsed invitations.
func (c *creation) decide(ctx context.Context) error {
	found, err := c.find(ctx)
	if err != nil {
		return err
	}
	c.openings = nil
	for _, i := range c.todo {
		opening, err := c.open(i, found)
		if c.in.Scope.Kind() == access.KindWorkspace {
			user := found.Users[c.ground.Accounts[c.people[i].Key]]
			c.results[i].Person = user.Person().In(c.in.Scope)
		}
		if err != nil {
			c.fail(i, err)
			continue
		}
		opening.Number = i
		c.openings = append(c.openings, opening)
		if c.in.DryRun { // what would be made has no id to show
			c.results[i].Outcome = Invited
			if opening.Joins != nil {
				c.results[i].Outcome = Joined
			}
			continue
		}
		if opening.Joins != nil {
			c.results[i].Outcome, c.results[i].Membership = Joined, opening.Joins.After.SeenIn(c.caller, c.ground.Standing)
			continue
		}
		invited := opening.Invitation.as(c.ground.Standing, c.now)
		if len(c.in.Invitees) == 1 {
			invited.AcceptURL = c.op.Links.URL(invited)
		}
		c.results[i].Outcome, c.results[i].Invitation = Invited, &invited
	}
	return nil
}

// find reads what stands of the invitees who have an account, and the invitations that have lapsed. In a workspace, where a guard is found by the
// user only, a lapsed one takes a round more.
func (c *creation) find(ctx context.Context) (found Found, err error) {
	var users []string
	for _, i := range c.todo {
		if user := c.ground.Accounts[c.people[i].Key]; user != "" {
			users = append(users, user)
		}
	}
	unknown := Unknown{By: c.caller.User}
	if c.in.Scope.Kind() == access.KindWorkspace && !c.in.DryRun { // which counts them all
		unknown.Names = len(c.todo) - len(users)
	}
	root, lapsed := c.in.Scope.Root(), lapsedOf(c.ground.Open, c.now)
	if len(users)+len(lapsed)+unknown.Names > 0 {
		found, err = c.op.Store.Find(ctx, root, users, lapsed, unknown)
	}
	if lapsed := lapsedOf(found.Open, c.now); err == nil && len(lapsed) > 0 {
		var more Found
		more, err = c.op.Store.Find(ctx, root, nil, lapsed, Unknown{})
		found.Invitations = more.Invitations
	}
	return found, err
}

// lapsedOf returns the ids of those open invitations whose time is over.
func lapsedOf(open map[string]Open, now time.Time) []string {
	var lapsed []string
	for _, guard := range open {
		if !guard.ExpiresAt.After(now) {
			lapsed = append(lapsed, guard.Invitation)
		}
	}
	return lapsed
}

// open returns what one invitee brings: an error when they are in already (R14, R23) or have an open invitation (R13), a
// membership for an existing account (R4), else an invitation.
func (c *creation) open(number int, found Found) (Opening, error) {
	named := c.people[number]
	user, known := found.Users[c.ground.Accounts[named.Key]]
	open, guarded := c.ground.Open[named.Key]
	inWorkspace := c.in.Scope.Kind() == access.KindWorkspace
	if inWorkspace {
		if !known {
			return Opening{}, noSuchUser(number)
		}
		open, guarded = found.Open[user.ID]
	}
	if guarded && open.ExpiresAt.After(c.now) {
		return Opening{}, AlreadyPending(open.Invitation)
	}
	var opening Opening
	if lapsed, found := found.Invitations[open.Invitation]; found && lapsed.lapsed(c.now) {
		opening.Lapsed = &lapsed
		_, opening.Entries = lapsed.settled(c.log) // logged before what takes its place
	}
	if !known {
		return c.invite(opening, access.Person{Email: named.Written}, named.Key), nil
	}
	var held *member.Membership
	if membership, isMember := found.Members[user.ID]; isMember {
		if err := checkNotIn(c.in.Scope, membership); err != nil {
			return Opening{}, err
		}
		held = &membership
	}
	if inWorkspace { // always asked (R4); whoever may invite need not learn the address
		return c.invite(opening, access.Person{ID: user.ID, Name: user.Name, Username: user.Username}, user.ID), nil
	}
	asked := held != nil && held.HasLeft(c.in.Scope) || held == nil && (c.ground.AsksAccounts || found.Left[user.ID].Asks(c.in.Scope))
	if asked { // R4, R23
		return c.invite(opening, access.Person{Email: named.Written}, named.Key), nil
	}
	return c.join(opening, user, held, found.Left[user.ID])
}

// noSuchUser says that nobody has the username: invitations to workspaces are for registered users only.
func noSuchUser(number int) error {
	return fault.Fields([]fault.Field{{
		Pointer: "/invitees/" + strconv.Itoa(number) + "/username", Code: "unknown_username", Detail: "No Prism user has this username.",
	}})
}

// AlreadyPending says that the person has an open invitation to the scope (R13).
func AlreadyPending(id string) *fault.Error {
	err := fault.New(fault.Conflict, "invitation_pending", "This person has an open invitation already. Resend that one instead.")
	err.ExistingID = id
	return err
}

// checkNotIn returns the refusal for somebody who is in the scope already (R14, R23).
func checkNotIn(scope access.Scope, membership member.Membership) error {
	err := fault.New(fault.Conflict, "already_member", "This person is a member already.")
	err.ExistingID = membership.User.ID
	switch {
	case scope.Kind() != access.KindBrand:
		return err
	case membership.Role == access.Admin:
		err.Code, err.Message = "already_organization_admin", "This person is an Organization Admin and has every brand already."
		return err
	case membership.Standing(scope, true).Brands[scope.Brand] != "":
		return err
	case len(membership.Brands) >= member.MaxBrands:
		return member.TooManyBrands()
	}
	return nil
}

// join lets the opening give an account what is offered, on top of what it holds.
func (c *creation) join(opening Opening, user account.User, held *member.Membership, left member.Left) (Opening, error) {
	change, _ := member.Add(held, left, user.Person(), c.in.Scope.Root(), c.ground.RootName, c.offered().Offer(),
		member.Given{By: c.ground.Standing.Person, At: c.now, Via: member.ViaDirect})
	if len(change.After.Brands) > member.MaxBrands {
		return Opening{}, member.TooManyBrands()
	}
	opening.Joins, opening.Mails = &change, c.in.notify()
	opening.Entries = append(opening.Entries, change.Entry(c.log, member.Origin{By: c.ground.Standing.Person, Via: member.ViaDirect, Notify: opening.Mails}))
	return opening, nil
}

// invite lets the opening invite the person.
func (c *creation) invite(opening Opening, invitee access.Person, key string) Opening {
	made, by := c.offered(), c.ground.Standing.Person
	made.ID, made.Invitee, made.InviteeKey, made.Message = "inv_"+c.op.NewID(), invitee, key, c.in.message()
	made.InvitedBy = access.Person{ID: by.ID, Name: by.Name}
	made.Status, made.Version, made.Generation = Pending, 1, 1
	made.CreatedAt, made.SentAt, made.ExpiresAt = c.now, c.now, c.in.expiry(c.now)
	opening.Invitation, opening.Mails, made.Unmailed = &made, c.in.notify(), !c.in.notify()
	opening.Entries = append(opening.Entries, made.entry(c.log, event.InvitationCreated{Invitation: made.fact(), Notify: opening.Mails}))
	return opening
}

// save stores what was decided, and leaves to do who was overtaken.
func (c *creation) save(ctx context.Context) {
	c.todo = nil
	if len(c.openings) == 0 {
		return
	}
	trail := audit.Trail{Caller: c.caller, Unchanged: []access.Standing{c.ground.Standing}}
	for at, err := range c.op.Store.SaveOpenings(ctx, c.in.Scope, c.openings, trail) {
		i := c.openings[at].Number
		switch {
		case err == nil:
			c.saved = true
		case request.IsOvertaken(err):
			c.results[i] = Result{Invitee: c.in.Invitees[i]}
			c.todo = append(c.todo, i)
		case request.IsRepeated(err): // unless recall finds out what was made
			c.results[i] = Result{Invitee: c.in.Invitees[i]}
			c.fail(i, fault.Busy())
		default:
			c.results[i] = Result{Invitee: c.in.Invitees[i]}
			c.fail(i, fmt.Errorf("invite number %d: %w", i, err))
		}
	}
}

// recall answers for invitees that an earlier request with the same Idempotency-Key has dealt with already.
func (c *creation) recall(ctx context.Context) error {
	var failed []int
	for i, result := range c.results {
		if result.Error != nil {
			failed = append(failed, i)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	record, used, err := request.Recall(ctx, c.caller, c.op.Store.RecordedItems)
	if err != nil || !used {
		return err
	}
	made := record.Items
	var users, invitations []string
	for _, id := range made {
		users, invitations = append(users, id), append(invitations, id)
	}
	found, err := c.op.Store.Find(ctx, c.in.Scope.Root(), users, invitations, Unknown{})
	if err != nil {
		return err
	}
	for _, i := range failed {
		if invitation, ok := found.Invitations[made[i]]; ok {
			if invitation = invitation.withLink(c.op.Links, c.ground.Standing, c.now); len(c.results) > 1 {
				invitation.AcceptURL = "" // that is for single answers
			}
			c.results[i] = Result{Invitee: c.in.Invitees[i], Outcome: Invited, Invitation: &invitation}
		} else if membership, ok := found.Members[made[i]]; ok {
			c.results[i] = Result{Invitee: c.in.Invitees[i], Outcome: Joined, Membership: membership.SeenIn(c.caller, c.ground.Standing)}
		}
	}
	return nil
}
