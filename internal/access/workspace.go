package access

// The groups in which the permissions of workspaces are shown.
const (
	groupWorkspace    = "workspace management"
	groupComputations = "computation access"
	groupAssets       = "asset management"
	groupInvitations  = "invitation controls"
	groupRoles        = "role administration"
	groupBilling      = "billing access"
	groupCVMs         = "CVM management"
)

var workspacePermissions = []Definition{
	{Read, groupWorkspace, "See the workspace and one's own access to it.", nil},
	{Update, groupWorkspace, "Rename the workspace and change its settings.", []Permission{Read}},
	{Delete, groupWorkspace, "Delete the workspace.", []Permission{Read}},
	{Enable, groupWorkspace, "Enable the workspace after it was disabled.", []Permission{Read}},
	{Disable, groupWorkspace, "Disable the workspace: nobody can work in it until it is enabled.", []Permission{Read}},
	{ViewAudit, groupWorkspace, "Read the workspace's audit log.", []Permission{Read}},

	{"view_computations", groupComputations, "See computations and their results.", []Permission{Read}},
	{"create_computation", groupComputations, "Create computations.", []Permission{"view_computations"}},
	{"run_computation", groupComputations, "Run computations.", []Permission{"view_computations"}},
	{"manage_computations", groupComputations, "Create, run, change and delete computations.", []Permission{"view_computations", "create_computation", "run_computation"}},

	{"view_assets", groupAssets, "See assets.", []Permission{Read}},
	{"upload_assets", groupAssets, "Upload assets.", []Permission{"view_assets"}},
	{"link_assets", groupAssets, "Link assets to computations.", []Permission{"view_assets"}},
	{"update_assets", groupAssets, "Change assets.", []Permission{"view_assets"}},

	{SendInvitations, groupInvitations, "Invite people to the workspace.", []Permission{Read}},
	{ManageInvitations, groupInvitations, "See the workspace's invitations, and send them again or delete them.", []Permission{Read}},

	{ViewRoleUsers, groupRoles, "See who has which role.", []Permission{Read}},
	{ManageRole, groupRoles, "Create, change and delete roles.", []Permission{Read}},
	{AddRoleUsers, groupRoles, "Give roles to users.", []Permission{ViewRoleUsers}},
	{RemoveRoleUsers, groupRoles, "Take roles from users, and remove them.", []Permission{ViewRoleUsers}},

	{"view_billing", groupBilling, "See invoices and usage.", []Permission{Read}},
	{"manage_billing", groupBilling, "Change plan and payment.", []Permission{"view_billing"}},

	{"create_cvms", groupCVMs, "Create confidential virtual machines.", []Permission{Read}},
	{"remove_cvms", groupCVMs, "Remove confidential virtual machines.", []Permission{Read}},
	{"update_cvms", groupCVMs, "Change confidential virtual machines.", []Permission{Read}},
}
