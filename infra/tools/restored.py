"""Points a deployed template to a restored table: restored.py NAME ARN STREAM_ARN [adopt] <processed.json >pointed.json

Each reference to the resource Table becomes what is given, and the resource is left out: CloudFormation forgets the table before, which stays. With
adopt the resource is there again, for the change set that imports the restored table under its name. See infra/runbook.md.
"""

import json
import re
import sys


def pointed(template, name, arn, stream, adopt=False):
    """Returns the template without references to Table."""
    values = {"": name, "Arn": arn, "StreamArn": stream}

    def walk(node):
        match node:
            case {"Ref": "Table"}:
                return name
            case {"Fn::GetAtt": ["Table", attribute]} if len(node) == 1:
                return values[attribute]
            case {"Fn::GetAtt": str(path)} if path.startswith("Table."):
                return values[path.removeprefix("Table.")]
            case {"Fn::Sub": str(text)}:
                return {"Fn::Sub": re.sub(r"\$\{Table(?:\.(\w+))?\}", lambda m: values[m[1] or ""], text)}
            case dict():
                return {key: walk(value) for key, value in node.items()}
            case list():
                return [walk(value) for value in node]
        return node

    resources = {id: walk(r) for id, r in template["Resources"].items() if id != "Table"}
    if adopt:
        resources["Table"] = template["Resources"]["Table"]
    return {**walk({key: value for key, value in template.items() if key != "Resources"}), "Resources": resources}


if __name__ == "__main__":
    json.dump(pointed(json.load(sys.stdin), *sys.argv[1:4], adopt=sys.argv[4:] == ["adopt"]), sys.stdout)
