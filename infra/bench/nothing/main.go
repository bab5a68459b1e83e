// Command nothing is a Lambda function that does nothing: what the cold starts of the others are compared with.
package main

import "github.com/aws/aws-lambda-go/lambda"

func main() { lambda.Start(func() {}) }
