"""Expands a template as CloudFormation does, and fails when a role of the outcome has a managed policy: roles.py TEMPLATE

Runs in the virtual environment of sam.sh.
"""

import sys

from samcli.lib.translate.sam_template_validator import SamTemplateValidator
from samcli.yamlhelper import parse_yaml_file, yaml_parse

# The validator looks policies up that the template names, with an account; it names none. Any region does.
validator = SamTemplateValidator(parse_yaml_file(sys.argv[1]), managed_policy_loader=None, region="eu-central-1")
resources = yaml_parse(validator.get_translated_template_if_valid())["Resources"]
roles = {id: r["Properties"] for id, r in resources.items() if r["Type"] == "AWS::IAM::Role"}
managed = [id for id, properties in roles.items() if "ManagedPolicyArns" in properties]
if managed:
    sys.exit(f"{sys.argv[1]}: managed policies of {', '.join(managed)}: give each function a Role of its own")
print(f"{len(roles)} roles, without managed policies")
