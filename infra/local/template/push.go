package template

import (
	"net/url"
	"strings"

	"prism-access/infra/local/push"
)

// Push sends the events of a rule to a URL, by an API destination and its connection.
type Push struct {
	push.Target
	DeadLetters string // logical id of a queue, or ""
}

const destinationType = "AWS::Events::ApiDestination"

// isDestination says whether a resource is an API destination.
func (r *reader) isDestination(id string) bool {
	return r.resources.get(id, "Type").text() == destinationType
}

// push reads a rule's target that is the API destination id.
func (r *reader) push(id string, target *node) (Push, error) {
	out := Push{Target: push.Target{ID: id}}
	err := target.only("Id", "Arn", "RoleArn", "InputPath", "RetryPolicy", "DeadLetterConfig")
	if err != nil {
		return Push{}, err
	}
	if path := target.get("InputPath"); path != nil {
		if out.Part, err = names(path); err != nil {
			return Push{}, err
		}
	}
	// What the service takes when nothing is said.
	if out.MaxRetries, err = target.get("RetryPolicy", "MaximumRetryAttempts").number(185); err != nil {
		return Push{}, err
	}
	if out.MaxAge, err = seconds(target.get("RetryPolicy", "MaximumEventAgeInSeconds"), 86400); err != nil {
		return Push{}, err
	}
	if dead := target.get("DeadLetterConfig", "Arn"); dead != nil {
		if out.DeadLetters, err = r.resourceOf(dead); err != nil {
			return Push{}, err
		}
	}
	destination, err := r.resolve(r.resources.get(id, "Properties"))
	if err != nil {
		return Push{}, err
	}
	if err := destination.only("Name", "Description", "ConnectionArn", "HttpMethod", "InvocationEndpoint", "InvocationRateLimitPerSecond"); err != nil {
		return Push{}, err
	}
	out.URL, out.Method = destination.get("InvocationEndpoint").text(), destination.get("HttpMethod").text()
	if out.Rate, err = destination.get("InvocationRateLimitPerSecond").number(300); err != nil {
		return Push{}, err
	}
	connection, err := r.resourceOf(first(destination.get("ConnectionArn"), destination))
	if err != nil {
		return Push{}, err
	}
	out.Connection, err = r.connection(connection)
	return out, err
}

// connection reads how requests prove who sends them.
func (r *reader) connection(id string) (push.Connection, error) {
	n, err := r.resolve(r.resources.get(id, "Properties"))
	if err != nil {
		return push.Connection{}, err
	}
	if err := n.only("Name", "Description", "AuthorizationType", "AuthParameters"); err != nil {
		return push.Connection{}, err
	}
	parameters := n.get("AuthParameters")
	if err := parameters.only("ApiKeyAuthParameters", "OAuthParameters"); err != nil {
		return push.Connection{}, err
	}
	if key := parameters.get("ApiKeyAuthParameters"); key != nil {
		return push.Connection{Header: key.get("ApiKeyName").text(), Key: key.get("ApiKeyValue").text()}, nil
	}
	oauth := parameters.get("OAuthParameters")
	if oauth.get("HttpMethod").text() != "POST" {
		return push.Connection{}, n.errorf("the local stack asks for tokens by POST")
	}
	if err := oauth.get("OAuthHttpParameters").only("BodyParameters"); err != nil {
		return push.Connection{}, err
	}
	out := push.Connection{
		TokenURL: oauth.get("AuthorizationEndpoint").text(), Form: url.Values{},
		ClientID: oauth.get("ClientParameters", "ClientID").text(), ClientSecret: oauth.get("ClientParameters", "ClientSecret").text(),
	}
	for _, item := range oauth.get("OAuthHttpParameters", "BodyParameters").items() {
		out.Form.Set(item.get("Key").text(), item.get("Value").text())
	}
	return out, nil
}

// names reads a path such as $.detail.data.
func names(path *node) ([]string, error) {
	parts := strings.Split(path.text(), ".")
	if parts[0] != "$" || strings.ContainsAny(path.text(), "[]*?") {
		return nil, path.errorf("the local stack knows paths of names such as $.detail")
	}
	return parts[1:], nil
}
