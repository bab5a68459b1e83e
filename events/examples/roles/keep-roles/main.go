// Function keep-roles.
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"prism-access/events/examples/roles"
)

func main() { lambda.Start(roles.FromEnvironment(os.Getenv).Handle) }
