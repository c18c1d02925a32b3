"""The real `sam deploy` of the whole template, at a LocalStack."""

import json
import os
import re
import secrets
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import boto3

from infra.local.errors import LocalError
from infra.local.platform import ROOT
from infra.localstack.aws import REGION, Cloud

STACK = "nunchi-dev"
BUILT = ROOT / ".aws-sam" / "build" / "template.yaml"
WITHOUT_EDGE = BUILT.with_name("localstack.yaml")
# a resource that there is only in AWS itself; LocalStack resolves what hangs on a condition that is false, and fails
OF_THE_EDGE = re.compile(r"^  \w+:\n(?:    .*\n)*?    Condition: HasEdge\n(?:    .*\n)*", re.MULTILINE)
# what watches a new version: its alarms are of the function, which LocalStack takes for a circle that it never leaves
CANARY = re.compile(r"^      DeploymentPreference:\n(?:        .*\n)*", re.MULTILINE)
ARTIFACTS = "deployments"  # sam waits long for a bucket of its own
# sam itself, but that it waits longer than a minute for an answer: LocalStack makes a whole change set in one
PATIENT_SAM = (
    "from botocore.config import Config; Config.OPTION_DEFAULTS['read_timeout'] = 600; "
    "from samcli.cli.main import cli; cli(prog_name='sam')"
)
EMBEDDER = "openai/text-embedding-3-small"  # the layer has no other
SECRETS = {
    "DatabaseSecretArn": {"username": "postgres", "password": "not asked for"},
    "AuthSecretArn": {"current": "e2e", "keys": {"e2e": secrets.token_urlsafe(32)}},
    "OpenAISecretArn": "sandbox",
    "OpenRouterSecretArn": "sandbox",
    "KisSecretArn": {"app_key": "sandbox", "app_secret": "sandbox"},
    "NaverSecretArn": {"client_id": "sandbox", "client_secret": "sandbox"},
    "RedditSecretArn": {"client_id": "sandbox", "client_secret": "sandbox"},
    "DartSecretArn": "sandbox".ljust(40, "0"),
}


@dataclass(frozen=True)
class Stack:
    """A deployed stack. Its clients are made here, so that no variable of an operator's shell reaches them."""

    cloud: Cloud

    def client(self, service: str) -> Any:
        """A boto3 client at the LocalStack, that waits as long as a function may take."""
        from botocore.config import Config

        keys = self.cloud.environment()
        return boto3.client(
            service,
            endpoint_url=self.cloud.url,
            region_name=keys["AWS_DEFAULT_REGION"],
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
            config=Config(read_timeout=330, retries={"max_attempts": 1}),
        )

    @cached_property
    def resources(self) -> dict[str, str]:
        """Physical ids by logical names."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=STACK)
        found = [one for page in pages for one in page["StackResourceSummaries"]]
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in found}

    @property
    def api_url(self) -> str:
        """Where the deployed REST API is served, without its stage's own path at the end."""
        return f"{self.cloud.url}/_aws/execute-api/{self.resources['Api']}/dev"


def deploy(cloud: Cloud, stores: Mapping[str, str]) -> Stack:
    """Deploys what was built. `stores` are the parameters DatabaseUrl, RedisUrl and MilvusUri. Raises LocalError."""
    if not BUILT.exists():
        raise LocalError("nothing is built; run `make e2e`, which builds it")
    WITHOUT_EDGE.write_text(CANARY.sub("", OF_THE_EDGE.sub("", BUILT.read_text())))
    stack = Stack(cloud)
    where = {"LocationConstraint": REGION}
    stack.client("s3").create_bucket(Bucket=ARTIFACTS, CreateBucketConfiguration=where)
    given = {
        **stores,
        **_keep_secrets(stack),
        "Embedder": EMBEDDER,
        "CrawlerContact": "sandbox@nunchi.example",
        "Edge": "off",
        "Canary": "false",
    }
    _sam(cloud, given)
    return stack


def _keep_secrets(stack: Stack) -> dict[str, str]:
    client = stack.client("secretsmanager")
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in SECRETS.items()}
    return {name: client.create_secret(Name=name, SecretString=text)["ARN"] for name, text in texts.items()}


def _sam(cloud: Cloud, parameters: Mapping[str, str]) -> None:
    command = [
        str(ROOT / ".venv" / "sam" / "bin" / "python"), "-c", PATIENT_SAM,
        "deploy", "--template-file", str(WITHOUT_EDGE),
        "--stack-name", STACK,
        "--s3-bucket", ARTIFACTS, "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset", "--no-progressbar",
        "--parameter-overrides", *(f"{name}={value}" for name, value in parameters.items()),
    ]  # fmt: skip
    own = {
        "PATH": os.environ["PATH"],
        "HOME": str(cloud.home),
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "1",
    }
    # in an empty folder: its samconfig.toml is for AWS
    done = subprocess.run(
        command, cwd=cloud.home, env=own | cloud.environment(), capture_output=True, text=True, check=False
    )
    (cloud.home / "deploy.log").write_text(done.stdout + done.stderr)
    if done.returncode:
        raise LocalError(f"sam deploy failed:\n{(done.stdout + done.stderr)[-3000:]}")
