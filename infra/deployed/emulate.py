"""Runs the emulator of AWS on loopback, creates there what expand.py has made, and ends the emulator when the standard input ends:
emulate.py FOLDER EXPANDED ...

It prints one line of JSON: where the emulator answers, what it refuses, and per stack what became of it, under the name of its file. What the emulator
refuses is found by trying: without it, the stack is created anew, in an account of its own, until nothing is refused. What the gateway is told of
tokens, which the emulator does not read, and which conditions hold, is added to the outputs, which it works out.
"""

import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time

import botocore.exceptions
import botocore.session

REGION = "eu-central-1"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def start(folder, port):
    """Starts the emulator with nothing of this process's environment, and returns it when it answers."""
    environment = {
        "BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "MINISTACK_REGION": REGION, "LOG_LEVEL": "ERROR",
        "HOME": folder, "TMPDIR": folder, "PATH": os.environ["PATH"],
    }
    with open(os.path.join(folder, "log"), "w") as log:
        process = subprocess.Popen([sys.executable, "-m", "ministack"], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    until = time.time() + 120
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process
        except OSError:
            if process.poll() is not None or time.time() > until:
                process.kill()
                sys.exit("the emulator does not answer: " + open(os.path.join(folder, "log")).read()[-1000:])
            time.sleep(0.1)


class Account:
    """An account of the emulator, which takes any: what is in one is not in another."""

    def __init__(self, endpoint, number):
        self.endpoint, self.id = endpoint, str(number)
        self.session = botocore.session.get_session()

    def client(self, service):
        return self.session.create_client(service, REGION, endpoint_url=self.endpoint, aws_access_key_id=self.id, aws_secret_access_key="local")

    def pages(self, operation, key, stack):
        pages = self.client("cloudformation").get_paginator(operation).paginate(StackName=stack)
        return [item for page in pages for item in page[key]]

    def create(self, stack, template, parameters):
        """Creates the stack and returns what was refused with the reasons: ids of resources, "Outputs." and the name of an output. None when it is whole."""
        if "HostedZoneId" in parameters:  # which a deployment has before
            zone = self.client("route53").create_hosted_zone(Name="example.com", CallerReference="zone")["HostedZone"]["Id"]
            parameters = {**parameters, "HostedZoneId": zone.rsplit("/", 1)[-1]}
        storage, formation = self.client("s3"), self.client("cloudformation")  # a template of this size is taken from S3 alone
        storage.create_bucket(Bucket="t" + self.id, CreateBucketConfiguration={"LocationConstraint": REGION})
        storage.put_object(Bucket="t" + self.id, Key="template", Body=json.dumps(template).encode())
        try:
            formation.create_stack(
                StackName=stack, TemplateURL=f"{self.endpoint}/t{self.id}/template", Capabilities=["CAPABILITY_IAM"], DisableRollback=True,
                Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
            )
        except botocore.exceptions.ClientError as error:
            reason = error.response["Error"]["Message"]
            unknown = re.search(r"Unrecognized resource types: \[(.*)\]", reason)
            if not unknown:
                raise
            return {id: reason for id, r in template["Resources"].items() if r["Type"] in unknown[1].split(", ")}
        while (is_now := formation.describe_stacks(StackName=stack)["Stacks"][0])["StackStatus"].endswith("IN_PROGRESS"):
            time.sleep(0.1)
        refused = {
            event["LogicalResourceId"]: event["ResourceStatusReason"]
            for event in self.pages("describe_stack_events", "StackEvents", stack)
            if event["ResourceStatus"] == "CREATE_FAILED" and event["LogicalResourceId"] in template["Resources"]
        }
        reason = is_now.get("StackStatusReason", "")
        attribute = re.search(r"Requested attribute (\w+) does not exist in schema", reason)
        if attribute and not refused:
            refused = {"Outputs." + name: reason for name, output in template["Outputs"].items() if attribute[1] in json.dumps(output)}
        if not refused and is_now["StackStatus"] != "CREATE_COMPLETE":
            raise RuntimeError(f"{stack}: {is_now['StackStatus']}: {reason}")
        return refused

    def describe(self, stack, template):
        """Returns what was created, and the environments of the functions."""
        made = {r["LogicalResourceId"]: r["PhysicalResourceId"] for r in self.pages("list_stack_resources", "StackResourceSummaries", stack)}
        functions, keeper, named = self.client("lambda"), self.client("secretsmanager"), {}
        for id, r in template["Resources"].items():
            if r["Type"] == "AWS::SecretsManager::Secret":
                # On AWS a Ref of a secret is its ARN; here it is its name. Of GenerateSecretString, ExcludePunctuation is not obeyed.
                named[made[id]] = keeper.describe_secret(SecretId=made[id])["ARN"]
                generate = r["Properties"]["GenerateSecretString"]
                value = {**json.loads(generate["SecretStringTemplate"]), generate["GenerateStringKey"]: secrets.token_hex(generate["PasswordLength"] // 2)}
                keeper.put_secret_value(SecretId=made[id], SecretString=json.dumps(value))
        environments, corrected = {}, set()
        for id, r in template["Resources"].items():
            if r["Type"] == "AWS::Lambda::Function":
                variables = functions.get_function_configuration(FunctionName=made[id])["Environment"]["Variables"]
                corrected |= {name for name, value in variables.items() if value in named}
                environments[id] = {name: named.get(value, value) for name, value in variables.items()}
        outputs = {output["OutputKey"]: output["OutputValue"] for output in self.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]["Outputs"]}
        return {"account": self.id, "made": made, "outputs": outputs, "environments": environments, "corrected": sorted(corrected)}


def main(folder, *files):
    port, number, stacks, refused = free_port(), 111122220000, {}, {}
    emulator = start(folder, port)
    try:
        endpoint = f"http://127.0.0.1:{port}"
        for file in files:
            with open(file) as f:
                given = json.load(f)
            stack, template = given["stack"], given["template"]
            tokens = template["Resources"]["HttpApi"]["Properties"]["Body"]["components"]["securitySchemes"]["Token"]["x-amazon-apigateway-authorizer"]["jwtConfiguration"]
            template["Outputs"] |= {"TokensOf": {"Value": tokens["issuer"]}, "TokensFor": {"Value": {"Fn::Join": [",", tokens["audience"]]}}}
            template["Outputs"] |= {"Condition" + name: {"Value": {"Fn::If": [name, "holds", "fails"]}} for name in template["Conditions"]}
            while True:
                for id in refused:
                    template["Outputs"].pop(id.removeprefix("Outputs."), None)
                    template["Resources"].pop(id, None)
                number += 1
                account = Account(endpoint, number)
                now = account.create(stack, template, given["parameters"])
                if not now:
                    break
                refused |= now
            stacks[os.path.basename(file).removesuffix(".json")] = account.describe(stack, template)
        print(json.dumps({"endpoint": endpoint, "refused": refused, "stacks": stacks}), flush=True)
        sys.stdin.read()
    finally:
        emulator.terminate()
        try:
            emulator.wait(10)
        except subprocess.TimeoutExpired:
            emulator.kill()


main(*sys.argv[1:])
