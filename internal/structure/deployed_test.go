package structure

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What only a deployment would show.

// at returns what lies at a path of names in the properties of a resource, all of them for an empty one; nil for nothing.
func at(t *testing.T, in template, id, path string) any {
	t.Helper()
	var found any
	if properties := in.Resources[id].Properties; properties != nil {
		decode(t, properties, &found)
	}
	for name := range strings.FieldsFuncSeq(path, func(r rune) bool { return r == '/' }) {
		object, _ := found.(map[string]any)
		found = object[name]
	}
	return found
}

type (
	list   = []any
	object = map[string]any
)

func TestWhatDeploymentsRelyOn(t *testing.T) {
	t.Parallel()
	whole := readTemplate(t)
	for what, c := range map[string]struct {
		id, path string
		want     any
	}{
		"the table is paid by request":  {"Table", "BillingMode", "PAY_PER_REQUEST"},
		"the table is not deleted":      {"Table", "DeletionProtectionEnabled", true},
		"the table can be restored":     {"Table", "PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled", true},
		"the table is encrypted":        {"Table", "SSESpecification/SSEEnabled", true},
		"the stream has both images":    {"Table", "StreamSpecification/StreamViewType", "NEW_AND_OLD_IMAGES"},
		"items expire":                  {"Table", "TimeToLiveSpecification", object{"AttributeName": "expires", "Enabled": true}},
		"the pool may call the trigger": {"RegisterUserPermission", "SourceArn", "UserPool.Arn"},
		"sign-in has a page":            {"UserPoolDomain", "UserPoolId", "UserPool"},
		"the console signs in by code, without a secret, and says to nobody who has an account": {"UserPoolClient", "", object{
			"UserPoolId": "UserPool", "ClientName": "Console", "GenerateSecret": false, "SupportedIdentityProviders": list{"COGNITO"},
			"AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": list{"code"}, "AllowedOAuthScopes": list{"openid", "email", "profile", "prism/access.user"},
			"CallbackURLs": list{"${BaseUrl}/sign-in/callback"}, "LogoutURLs": list{"${BaseUrl}/sign-in?done=out"},
			"ExplicitAuthFlows": list{"ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"}, "PreventUserExistenceErrors": "ENABLED", "EnableTokenRevocation": true,
		}},
		"who asks what people may do does nothing else, and is nobody": {"CheckClient", "", object{
			"UserPoolId": "UserPool", "ClientName": "Access checks", "GenerateSecret": true,
			"AllowedOAuthFlowsUserPoolClient": true, "AllowedOAuthFlows": list{"client_credentials"}, "AllowedOAuthScopes": list{"prism/access.check"},
			"ExplicitAuthFlows": list{"ALLOW_REFRESH_TOKEN_AUTH"},
		}},
		"another issuer can be named":         {"HttpApi", "Auth/Authorizers/Token/JwtConfiguration/issuer", list{"OwnUserPool", "https://cognito-idp.${AWS::Region}.amazonaws.com/${UserPool}", "OidcIssuer"}},
		"the domain is the mails' and pages'": {"Domain", "DomainName", list{2.0, list{"/", "BaseUrl"}}},
		"the domain speaks TLS of today":      {"Domain", "DomainNameConfigurations", list{object{"CertificateArn": "CertificateArn", "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"}}},
		"the domain leads to the gateway":     {"DomainMapping", "ApiId", "HttpApi"},
		"the domain's name leads to it":       {"DomainRecord", "AliasTarget/DNSName", "Domain.RegionalDomainName"},
		"all events are kept, mails longer":   {"BusArchive", "", object{"SourceArn": "Bus.Arn", "RetentionDays": 13.0, "EventPattern": object{"source": list{"prism.access"}}}},
		"requests are logged":                 {"HttpApi", "AccessLogSettings/DestinationArn", "AccessLog.Arn"},
		"subscribers are named, change their own rules, and have this bus alone": {"BusPolicy", "", object{"EventBusName": "Bus", "StatementId": "Subscribers", "Statement": object{
			"Effect": "Allow", "Principal": object{"AWS": "SubscriberAccounts"}, "Action": list{
				"events:PutRule", "events:DeleteRule", "events:DescribeRule", "events:DisableRule", "events:EnableRule", "events:PutTargets", "events:RemoveTargets", "events:ListTargetsByRule",
			},
			"Resource":  "arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:rule/${Bus}/*",
			"Condition": object{"StringEqualsIfExists": object{"events:creatorAccount": "${aws:PrincipalAccount}", "events:source": "prism.access"}},
		}}},
		"mails come from a verified domain": {"MailIdentity", "EmailIdentity", list{1.0, list{"@", "MailFrom"}}},
		"who signs up has the address, gets mail there and is registered, as nobody else is": {"UserPool", "", object{
			"UserPoolName": "AWS::StackName", "UserPoolTier": "ESSENTIALS", "DeletionProtection": "ACTIVE", "AdminCreateUserConfig": object{"AllowAdminCreateUserOnly": false},
			"UsernameAttributes": list{"email"}, "UsernameConfiguration": object{"CaseSensitive": false}, "AutoVerifiedAttributes": list{"email"},
			"UserAttributeUpdateSettings": object{"AttributesRequireVerificationBeforeUpdate": list{"email"}},
			"AccountRecoverySetting":      object{"RecoveryMechanisms": list{object{"Name": "verified_email", "Priority": 1.0}}},
			"Policies":                    object{"PasswordPolicy": object{"MinimumLength": 12.0}},
			"Schema":                      list{object{"Name": "email", "Required": true, "Mutable": true}, object{"Name": "name", "Required": true, "Mutable": true}},
			"LambdaConfig":                object{"PostConfirmation": "RegisterUserFunction.Arn"},
			"EmailConfiguration": list{
				"SignsUpBySes",
				object{"EmailSendingAccount": "DEVELOPER", "From": "MailFrom", "ConfigurationSet": "MailConfigurationSet", "SourceArn": list{
					"arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/${MailDomain}", object{"MailDomain": list{1.0, list{"@", "MailFrom"}}},
				}},
				object{"EmailSendingAccount": "COGNITO_DEFAULT"},
			},
		}},
		"mails are sent, and their bounces counted": {"MailConfigurationSet", "", object{
			"Name": "AWS::StackName", "ReputationOptions": object{"ReputationMetricsEnabled": true}, "SendingOptions": object{"SendingEnabled": true}, "SuppressionOptions": object{"SuppressedReasons": list{}},
		}},
		"a long key is generated, and signs": {"LinkKey", "GenerateSecretString", object{"SecretStringTemplate": `{"signs": "1"}`, "GenerateStringKey": "1", "PasswordLength": 64.0, "ExcludePunctuation": true}},
	} {
		if diff := cmp.Diff(c.want, at(t, whole, c.id, c.path)); diff != "" {
			t.Errorf("%s: %s %s (-want +got):\n%s", what, c.id, c.path, diff)
		}
	}
}

// TestOptionalPartsHaveTheirCondition: all others are made always.
func TestOptionalPartsHaveTheirCondition(t *testing.T) {
	t.Parallel()
	got := map[string]string{}
	for id, r := range readTemplate(t).Resources {
		if r.Condition != "" {
			got[id] = r.Condition
		}
	}
	want := map[string]string{
		"UserPool": "OwnUserPool", "UserPoolDomain": "OwnUserPool", "UserPoolClient": "OwnUserPool", "PrismScopes": "OwnUserPool", "CheckClient": "OwnUserPool",
		"RegisterUserPermission": "OwnUserPool", "SignInPages": "OwnUserPool",
		"MailIdentity": "MakesMailIdentity", "Domain": "HasDomain", "DomainMapping": "HasDomain", "DomainRecord": "HasZone", "BusPolicy": "HasSubscribers",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestWhatCannotBeMadeAgainIsKept: neither a deleted stack nor a property that needs another resource takes it along.
func TestWhatCannotBeMadeAgainIsKept(t *testing.T) {
	t.Parallel()
	for id, r := range readTemplate(t).Resources {
		keeps := slices.Contains([]string{"AWS::DynamoDB::Table", "AWS::Cognito::UserPool", "AWS::SecretsManager::Secret"}, r.Type)
		if keeps != (r.DeletionPolicy == "Retain") || keeps != (r.UpdateReplacePolicy == "Retain") {
			t.Errorf("%s: on deletion %q, on replacement %q: is to be kept: %v", id, r.DeletionPolicy, r.UpdateReplacePolicy, keeps)
		}
	}
}

func TestLogsEnd(t *testing.T) {
	t.Parallel()
	groups := of[struct{ RetentionInDays int }](t, readTemplate(t), "AWS::Logs::LogGroup")
	if diff := cmp.Diff([]string{"AccessLog", "FunctionLog"}, sorted(groups)); diff != "" {
		t.Error(diff)
	}
	for id, group := range groups {
		if group.RetentionInDays != 30 {
			t.Errorf("%s is kept for %d days, want 30", id, group.RetentionInDays)
		}
	}
}

// TestNothingIsTraced: a role that may put segments may put them anywhere.
func TestNothingIsTraced(t *testing.T) {
	t.Parallel()
	all := functions(t)
	all["all functions"] = readTemplate(t).Globals.Function
	for name, f := range all {
		if f.Tracing != "" {
			t.Errorf("%s has the tracing %s", name, f.Tracing)
		}
	}
}

// TestReservedConcurrencyFits into an account that has the usual 1,000 and must leave 100 to the functions that reserve none.
// Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
func TestReservedConcurrencyFits(t *testing.T) {
	t.Parallel()
	got, sum := map[string]float64{}, 0.0
	for name, f := range functions(t) {
		if f.ReservedConcurrentExecutions == nil {
			continue
		}
		if len(f.ReservedConcurrentExecutions) != 3 || f.ReservedConcurrentExecutions[0] != "ReservesConcurrency" || f.ReservedConcurrentExecutions[2] != "AWS::NoValue" {
			t.Errorf("%s reserves %v, want it under the condition", name, f.ReservedConcurrentExecutions)
			continue
		}
		got[name], _ = f.ReservedConcurrentExecutions[1].(float64)
		sum += got[name]
	}
	if diff := cmp.Diff(map[string]float64{"check-access": 200, "console": 200, "sweep-log": 1}, got); diff != "" || sum > 1000-100 {
		t.Errorf("%v reserved: %s", sum, diff)
	}
}

// TestKeysOfLinksAreReadAtTheStart: whoever has them in the environment may read the secret, and nothing else of the template holds one. A dynamic
// reference would put it into the configuration of functions, and stay as it was when the secret changes.
// Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-secretsmanager.html
func TestKeysOfLinksAreReadAtTheStart(t *testing.T) {
	t.Parallel()
	if strings.Contains(string(read(t, "template.yaml")), "{{resolve:") {
		t.Error("the template has a dynamic reference")
	}
	readers := 0
	for name, f := range functions(t) {
		keys, has := f.Environment.Variables["LINK_KEYS"]
		reads := slices.ContainsFunc(statements(f), func(s statement) bool {
			return cmp.Equal(s.grants(), []string{"secretsmanager:GetSecretValue LinkKey any key"})
		})
		if has != reads || has && !cmp.Equal(keys, any(list{"OnAws", "LinkKey", "LinkKeys"})) {
			t.Errorf("%s has %v, and may read the secret: %v", name, keys, reads)
		}
		if has {
			readers++
		}
	}
	if readers == 0 {
		t.Error("nobody has the keys of links")
	}
}
