"""Calls operations with boto3: reads {name: input} from standard input, prints {name: outcome}."""

import json
import re
import sys

import boto3
from botocore.exceptions import ClientError

client = boto3.client("codepipeline", endpoint_url=sys.argv[1])
outcomes = {}
for name, given in json.load(sys.stdin).items():
    method = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    try:
        getattr(client, method)(**given)
        outcomes[name] = "ok"
    except ClientError as error:
        outcomes[name] = error.response["Error"]["Code"]
print(json.dumps(outcomes))
