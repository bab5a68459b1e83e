package access

// Deed is something done to the people of a scope. Which permission it takes depends on the kind of scope.
type Deed int

// The deeds.
const (
	ToViewUsers         Deed = iota // see who is in with which role
	ToChangeUsers                   // give another role
	ToRemoveUsers                   // take somebody out
	ToInvite                        // let somebody in
	ToManageInvitations             // see, resend and delete invitations
)

var deeds = map[Kind]map[Deed]Permission{
	KindOrganization: {
		ToViewUsers: ManageUsers, ToChangeUsers: ManageUsers, ToRemoveUsers: ManageUsers, ToInvite: ManageUsers, ToManageInvitations: ManageUsers,
	},
	KindBrand: {
		ToViewUsers: ManageUsers, ToChangeUsers: ManageUsers, ToRemoveUsers: ManageUsers, ToInvite: ManageUsers, ToManageInvitations: ManageUsers,
	},
	KindWorkspace: {
		ToViewUsers: ViewRoleUsers, ToChangeUsers: AddRoleUsers, ToRemoveUsers: RemoveRoleUsers, ToInvite: SendInvitations,
		ToManageInvitations: ManageInvitations,
	},
}

// In returns the permission that the deed takes in a kind of scope; one that nobody has where it cannot be done.
func (d Deed) In(kind Kind) Permission { return deeds[kind][d] }
