//go:build deployed

package deployed

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prism-access/internal/httpapi/spec"
)

// What the emulator creates and does not look at.

// template is an expanded template with what the emulator has made of it.
type template struct {
	Resources  map[string]resource
	Parameters map[string]string
	Stack      creation
}

// of returns the properties of all resources of a type, by logical id.
func (in template) of(kind string) map[string]object {
	out := map[string]object{}
	for id, r := range in.Resources {
		if r.Type == kind {
			out[id] = r.Properties
		}
	}
	return out
}

var placeholder = regexp.MustCompile(`\$\{(\w+)\}`)

// plain returns a value without intrinsic functions: a Ref is the name it is to, a GetAtt that with the attribute behind a dot, and of others
// what they are given.
func plain(value any) any {
	switch value := value.(type) {
	case list:
		out := make(list, len(value))
		for i, item := range value {
			out[i] = plain(item)
		}
		return out
	case object:
		out := object{}
		for name, inner := range value {
			inner = plain(inner)
			if parts, is := inner.(list); is && name == "Fn::GetAtt" {
				return parts[0].(string) + "." + parts[1].(string)
			}
			if parts, is := inner.(list); is && name == "Fn::Sub" {
				return placeholder.ReplaceAllStringFunc(parts[0].(string), func(match string) string {
					if given, is := parts[1].(object)[match[2:len(match)-1]].(string); is {
						return given
					}
					return match
				})
			}
			if name == "Ref" || strings.HasPrefix(name, "Fn::") {
				return inner
			}
			out[name] = inner
		}
		return out
	default:
		return value
	}
}

// at returns what lies at a path of names, plain; nil for nothing.
func at(value any, path ...string) any {
	for _, name := range path {
		inner, _ := value.(object)
		value = inner[name]
	}
	return plain(value)
}

// text is at for a text, and "" for anything else.
func text(value any, path ...string) string {
	found, _ := at(value, path...).(string)
	return found
}

func texts(value any) []string {
	var out []string
	items, _ := value.(list)
	for _, item := range items {
		found, _ := item.(string)
		out = append(out, found)
	}
	slices.Sort(out)
	return out
}

// pascal turns get-me into GetMe.
func pascal(name string) string {
	var out strings.Builder
	for word := range strings.SplitSeq(name, "-") {
		out.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return out.String()
}

// route is where the gateway leads requests, and whom it lets in.
type route struct {
	Function string
	Scopes   []string // none: everybody
}

var parameter = regexp.MustCompile(`\{\w+\}`)

// TestRoutes: each operation of openapi.yaml leads to its function, with a token that has one of its scopes or without one; so does all else to the
// console. The gateway may call the function for it, the schedule and the user pool theirs, and nobody else any.
func TestRoutes(t *testing.T) {
	t.Parallel()
	contract, err := spec.Load(read(t, root, "internal/httpapi/openapi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]route{"$default": {Function: "ConsoleFunction"}}
	for _, operation := range contract.Operations() {
		scopes := slices.Clone(operation.Scopes)
		for _, scope := range operation.Scopes {
			scopes = append(scopes, "prism/"+scope) // as Cognito writes it
		}
		slices.Sort(scopes)
		want[operation.Method+" "+operation.Path] = route{pascal(operation.Function) + "Function", scopes}
	}
	each(t, func(t *testing.T, in template) {
		called := []string{
			"events.amazonaws.com SweepLogFunction SweepLogFunctionSchedule.Arn", "cognito-idp.amazonaws.com RegisterUserFunction UserPool.Arn",
		}
		api := in.Resources["HttpApi"].Properties
		got := map[string]route{}
		paths, _ := at(api, "Body", "paths").(object)
		for path, methods := range paths {
			for method, operation := range methods.(object) {
				key, source := strings.ToUpper(method)+" "+path, strings.ToUpper(method)+parameter.ReplaceAllString(path, "*")
				if path == "$default" && method == "x-amazon-apigateway-any-method" {
					key, source = path, "*"
				}
				integration := at(operation, "x-amazon-apigateway-integration")
				uri := text(integration, "uri")
				_, function, _ := strings.Cut(uri, "functions/${")
				function, _, _ = strings.Cut(function, ".Arn}")
				if diff := cmp.Diff(list{"aws_proxy", "2.0", "POST"}, list{at(integration, "type"), at(integration, "payloadFormatVersion"), at(integration, "httpMethod")}); diff != "" {
					t.Errorf("%s: %s", key, diff)
				}
				called = append(called, "apigateway.amazonaws.com "+function+" arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:HttpApi/*/"+source)
				got[key] = route{function, scopes(t, key, at(operation, "security"))}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("routes (-openapi.yaml +template):\n%s", diff)
		}
		var may []string
		for id, p := range in.of("AWS::Lambda::Permission") {
			if may = append(may, text(p, "Principal")+" "+text(p, "FunctionName")+" "+text(p, "SourceArn")); text(p, "Action") != "lambda:InvokeFunction" {
				t.Errorf("%s allows %s", id, text(p, "Action"))
			}
		}
		slices.Sort(called)
		slices.Sort(may)
		if diff := cmp.Diff(called, may); diff != "" {
			t.Errorf("who may call functions (-routes, schedule and user pool +template):\n%s", diff)
		}
		stage := in.Resources["HttpApiApiGatewayDefaultStage"].Properties
		limited, _ := at(stage, "RouteSettings").(object)
		limited["the others"] = at(stage, "DefaultRouteSettings")
		for key, limits := range limited {
			if _, known := got[key]; !known && key != "the others" {
				t.Errorf("%s is throttled and no route", key)
			}
			for _, limit := range []string{"ThrottlingBurstLimit", "ThrottlingRateLimit"} {
				if number, _ := at(limits, limit).(float64); number < 1 {
					t.Errorf("%s has the %s %v", key, limit, at(limits, limit))
				}
			}
		}
		if len(limited) < 10 {
			t.Errorf("throttled are %v", limited)
		}
	})
}

// scopes returns what a route demands of a token.
func scopes(t *testing.T, key string, security any) []string {
	t.Helper()
	alternatives, _ := security.(list)
	if len(alternatives) != 1 {
		t.Errorf("%s: who is let in: %v", key, security)
		return nil
	}
	demanded, _ := alternatives[0].(object)
	if _, none := demanded["NONE"]; none && len(demanded) == 1 {
		return nil
	}
	found := texts(demanded["Token"])
	if len(found) == 0 || len(demanded) != 1 {
		t.Errorf("%s: who is let in: %v", key, security)
	}
	return found
}

// TestWhatIsDeployed compares properties of single resources, or all of one.
func TestWhatIsDeployed(t *testing.T) {
	t.Parallel()
	authorizer := "Body/components/securitySchemes/Token/x-amazon-apigateway-authorizer"
	each(t, func(t *testing.T, in template) {
		for what, want := range map[string]any{
			"HttpApi " + authorizer + "/type":                    "jwt",
			"HttpApi " + authorizer + "/identitySource":          "$request.header.Authorization",
			"HttpApi " + authorizer + "/jwtConfiguration/issuer": list{"OwnUserPool", "https://cognito-idp.${AWS::Region}.amazonaws.com/${UserPool}", "OidcIssuer"},
			"HttpApi " + authorizer + "/jwtConfiguration/audience": list{",", list{",", list{
				list{"OwnUserPool", "UserPoolClient", "OidcClientId"}, list{"OwnUserPool", "CheckClient", "AWS::NoValue"}, list{"HasClients", "Clients", "AWS::NoValue"},
			}}},
			"HttpApiApiGatewayDefaultStage StageName":                        "$default",
			"HttpApiApiGatewayDefaultStage AutoDeploy":                       true,
			"HttpApiApiGatewayDefaultStage ApiId":                            "HttpApi",
			"HttpApiApiGatewayDefaultStage AccessLogSettings/DestinationArn": "AccessLog.Arn",
			"DomainMapping Stage":                                            "HttpApiApiGatewayDefaultStage",

			"Table TimeToLiveSpecification":          object{"AttributeName": "expires", "Enabled": true},
			"Table PointInTimeRecoverySpecification": object{"PointInTimeRecoveryEnabled": true},
			"Table SSESpecification":                 object{"SSEEnabled": true},
			"Table StreamSpecification":              object{"StreamViewType": "NEW_AND_OLD_IMAGES"},
			"Table DeletionProtectionEnabled":        true,
			"Table BillingMode":                      "PAY_PER_REQUEST",

			"BusArchive SourceArn":        "Bus.Arn",
			"UserPool LambdaConfig":       object{"PostConfirmation": "RegisterUserFunction.Arn"},
			"UserPool DeletionProtection": "ACTIVE",
			"UserPool UserPoolTier":       "ESSENTIALS",
			// prompt=login, which switching accounts takes, is known to managed login alone, and that has pages for a client with a style.
			"UserPoolDomain ManagedLoginVersion":   2.0,
			"SignInPages UserPoolId":               "UserPool",
			"SignInPages ClientId":                 "UserPoolClient",
			"SignInPages UseCognitoProvidedValues": true,
			"ConsoleFunction Environment/Variables/OIDC_SIGN_UP_URL": list{
				"OwnUserPool", "https://${UserPoolDomain}.auth.${AWS::Region}.amazoncognito.com/signup", "",
			},
			"AccessLog RetentionInDays":       30.0,
			"FunctionLog RetentionInDays":     30.0,
			"MailEvents EventDestination":     object{"Name": "default-bus", "Enabled": true, "MatchingEventTypes": list{"DELIVERY", "BOUNCE", "COMPLAINT", "DELIVERY_DELAY", "REJECT"}, "EventBridgeDestination": object{"EventBusArn": "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default"}},
			"MailEvents ConfigurationSetName": "MailConfigurationSet",

			"SweepLogFunctionSchedule ScheduleExpression": "rate(5 minutes)",
			"SweepLogFunctionSchedule Targets": list{object{
				"Id": "SweepLogFunctionScheduleLambdaTarget", "Arn": "SweepLogFunction.Arn", "DeadLetterConfig": object{"Arn": "SweepLogDeadLetters.Arn"},
				"RetryPolicy": object{"MaximumRetryAttempts": 2.0, "MaximumEventAgeInSeconds": 300.0},
			}},
			"SweepLogFunctionEventInvokeConfig": object{
				"FunctionName": "SweepLogFunction", "Qualifier": "$LATEST", "MaximumRetryAttempts": 0.0, "MaximumEventAgeInSeconds": 300.0,
				"DestinationConfig": object{"OnFailure": object{"Destination": "SweepLogDeadLetters.Arn"}},
			},
		} {
			id, path, _ := strings.Cut(what, " ")
			if diff := cmp.Diff(want, at(in.Resources[id].Properties, strings.FieldsFunc(path, func(r rune) bool { return r == '/' })...)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		for _, id := range []string{"Table", "UserPool", "LinkKey"} {
			if r := in.Resources[id]; r.DeletionPolicy != "Retain" || r.UpdateReplacePolicy != "Retain" {
				t.Errorf("%s is not kept: %q, %q", id, r.DeletionPolicy, r.UpdateReplacePolicy)
			}
		}
	})
}

// TestFunctions: each runs the built binary under its own role, and writes into the one log that ends.
func TestFunctions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, in template) {
		functions := in.of("AWS::Lambda::Function")
		for id, f := range functions {
			name := strings.TrimSuffix(id, "Function")
			got := object{
				"Runtime": at(f, "Runtime"), "Handler": at(f, "Handler"), "Architectures": at(f, "Architectures"), "Role": at(f, "Role"), "LogGroup": at(f, "LoggingConfig", "LogGroup"),
			}
			want := object{"Runtime": "provided.al2023", "Handler": "bootstrap", "Architectures": list{"arm64"}, "Role": name + "Role.Arn", "LogGroup": "FunctionLog"}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: %s", id, diff)
			}
			role := in.Resources[name+"Role"].Properties
			if policies, _ := at(role, "Policies").(list); len(policies) != 1 || at(role, "ManagedPolicyArns") != nil {
				t.Errorf("%s: policies %v, managed ones %v", id, policies, at(role, "ManagedPolicyArns"))
			}
		}
		if len(functions) < 60 || len(in.of("AWS::IAM::Role")) != len(functions) {
			t.Errorf("%d functions, roles %v", len(functions), slices.Sorted(maps.Keys(in.of("AWS::IAM::Role"))))
		}
	})
}
