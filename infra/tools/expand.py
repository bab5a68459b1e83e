"""Expands a template as CloudFormation does, and fails when a role of the outcome has a managed policy, or when something of it would not follow to
a restored table: expand.py TEMPLATE [SAMCONFIG ENVIRONMENT [PARAMETER=VALUE ...]]

With an environment of samconfig.toml it prints what CloudFormation gets for it: the name of the stack, its parameters, also those that are given
beside it, and the expanded template.
Runs in the virtual environment of sam.sh.
"""

import json
import re
import sys
from pathlib import Path

from restored import pointed
from samcli.lib.config.file_manager import TomlFileManager
from samcli.lib.translate.sam_template_validator import SamTemplateValidator
from samcli.yamlhelper import parse_yaml_file, yaml_parse

template, *environment = sys.argv[1:]
stack, parameters = "", {}
if environment:
    config = TomlFileManager.read(Path(environment[0]))[environment[1]]
    stack = config["global"]["parameters"]["stack_name"]
    parameters = dict(one.split("=", 1) for one in config["deploy"]["parameters"]["parameter_overrides"] + environment[2:])

# The validator looks policies up that the template names, with an account; it names none. Any region does.
validator = SamTemplateValidator(parse_yaml_file(template), managed_policy_loader=None, region="eu-central-1", parameter_overrides=parameters)
expanded = yaml_parse(validator.get_translated_template_if_valid())
resources = expanded["Resources"]
roles = {id: r["Properties"] for id, r in resources.items() if r["Type"] == "AWS::IAM::Role"}
managed = [id for id, properties in roles.items() if "ManagedPolicyArns" in properties]
if managed:
    sys.exit(f"{template}: managed policies of {', '.join(managed)}: give each function a Role of its own")

moved = pointed(expanded, "restored", "arn:restored", "arn:restored/stream")
left = re.findall(r'"Table"|\$\{Table\W|"Table\.[^"]*"', json.dumps(moved))
follow = {id for id, r in resources.items() if r != moved["Resources"].get(id)} - {"Table"}
functions = {id for id, r in resources.items() if r["Type"] == "AWS::Lambda::Function"}
if left or not functions <= follow:
    sys.exit(f"{template}: {left} and {functions - follow} do not follow to a restored table")

if environment:
    json.dump({"stack": stack, "parameters": parameters, "template": expanded}, sys.stdout)
else:
    print(f"{len(roles)} roles, without managed policies; {len(follow)} resources follow to a restored table")
