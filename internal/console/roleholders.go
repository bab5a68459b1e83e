package console

import (
	"prism-access/internal/access"
	"prism-access/internal/role"
)

// What the pages say of those who have a role and are offered it.

// offersAfter says which open invitations nobody can accept any more once a role holds something else, or another one has taken its place: of those that
// offer it, and of those from whoever has it.
func offersAfter(effect role.Effect, moving []string, name, gain string, had, has access.Set) []string {
	var said []string
	if effect.OpenInvitations > 0 && len(effect.Gained) > 0 {
		said = append(said, "An invitation from somebody who does not hold "+gain+" cannot be accepted any more, until it is sent again by somebody who does.")
	}
	if which, die := offersLost(had, has); die && effect.Members+len(moving) > 0 {
		said = append(said, deadOffers("members with "+name, which))
	}
	return said
}

// holdersWords says how many have a role and are offered it, and of which deleted roles members are still being moved to it, whom nobody has counted.
func holdersWords(in role.InUse, moving []string, name string) string {
	said := "Nobody has " + name
	switch {
	case in.Members > 0:
		said = capped(in.Members) + either(in.Members, " member has ", " members have ") + name
	case len(moving) > 0:
		said = "Nobody is counted with " + name + " yet"
	}
	if in.OpenInvitations > 0 {
		said += ", and " + capped(in.OpenInvitations) + either(in.OpenInvitations, " open invitation offers it", " open invitations offer it")
	}
	return said + "." + movingWords(moving)
}

// movingWords says, as a further sentence, of which deleted roles members are still being moved to a role.
func movingWords(moving []string) string {
	if len(moving) == 0 {
		return ""
	}
	return " Members of the deleted " + either(len(moving), "role ", "roles ") + list(moving) + " are still being moved to it."
}
