package invitation

import (
	"encoding/base64"
	"maps"
	"strconv"

	"prism-access/internal/access"
)

// The names of the tags that a mail carries. The mail service gives them back with all that it says of the mail, so what became of it finds its invitation without
// anything kept for that, also when the service's answer to sending it was lost.
const (
	tagOrganization = "organization"
	tagWorkspace    = "workspace"
	tagInvitation   = "invitation"
	tagGeneration   = "generation"
	tagCorrelation  = "correlation"
)

// Tags returns what a mail is recognised by: the link that it carries, if any, in the organization or workspace that it is about, and what it was sent for.
// Letters, digits, _ and - are all that a tag may have, which ids are made of; a correlation id may have others, and is encoded.
func Tags(about Reference, correlationID string) map[string]string {
	tags := map[string]string{tagOrganization: about.Root.Organization}
	if about.Root.Kind() == access.KindWorkspace {
		tags = map[string]string{tagWorkspace: about.Root.Workspace}
	}
	if about.ID != "" {
		maps.Copy(tags, map[string]string{tagInvitation: about.ID, tagGeneration: strconv.Itoa(about.Generation)})
	}
	if correlationID != "" {
		tags[tagCorrelation] = base64.RawURLEncoding.EncodeToString([]byte(correlationID))
	}
	return tags
}

// ReadTags returns what Tags was given. ok is false for tags that are not of its making.
func ReadTags(tags map[string]string) (about Reference, correlationID string, ok bool) {
	about = Reference{Root: access.Organization(tags[tagOrganization]), ID: tags[tagInvitation]}
	if workspace := tags[tagWorkspace]; workspace != "" {
		about.Root = access.Workspace(workspace)
	}
	if !about.Root.Valid() {
		return Reference{}, "", false
	}
	if about.ID != "" {
		generation, err := strconv.Atoi(tags[tagGeneration])
		if err != nil || generation < 1 {
			return Reference{}, "", false
		}
		about.Generation = generation
	}
	correlation, err := base64.RawURLEncoding.DecodeString(tags[tagCorrelation])
	return about, string(correlation), err == nil
}
