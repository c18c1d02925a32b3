"""The keys that sign tokens, in Secrets Manager: made at the first deployment, rotated by hand or by a timer.

    python -m infra.deploy.keys dev      rotates those of a stage

Of three keys the middle one signs. A rotation makes the next one current, which every function has read long since,
forgets the oldest, whose last tokens ended long ago, and adds a new next one. So no moment is wrong, as long as two
rotations are an hour apart.
"""

import json
import secrets
import sys
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from nunchi.accounts import keys

Ring = dict[str, Any]


def name(stage: str) -> str:
    """The secret of a stage."""
    return f"nunchi/{stage}/auth"


def first() -> Ring:
    """A ring of two keys: the one that signs, and the next one."""
    return {"current": "1", "keys": {"1": secrets.token_urlsafe(32), "2": secrets.token_urlsafe(32)}}


def rotated(ring: Ring, key: str) -> Ring:
    """The ring after a rotation; `key` is the one that will sign after the next. Ids are numbers that only grow."""
    current = int(ring["current"])
    kept = {number: ring["keys"][number] for number in (str(current), str(current + 1))}
    return {"current": str(current + 1), "keys": {**kept, str(current + 2): key}}


def ensured(stage: str) -> str:
    """The ARN of a stage's keys, which are made where there are none. Raises ClientError."""
    client = boto3.client("secretsmanager")
    try:
        return str(client.describe_secret(SecretId=name(stage))["ARN"])
    except client.exceptions.ResourceNotFoundException:
        text = json.dumps(first())
        made = client.create_secret(Name=name(stage), SecretString=text, Description="Signs tokens.")
        return str(made["ARN"])


def rotate(stage: str) -> str:
    """Rotates a stage's keys, and gives the id of the one that signs now. Raises ClientError, BadKeys."""
    client = boto3.client("secretsmanager")
    ring = rotated(
        json.loads(client.get_secret_value(SecretId=name(stage))["SecretString"]), secrets.token_urlsafe(32)
    )
    text = json.dumps(ring)
    keys.parse(text)
    client.put_secret_value(SecretId=name(stage), SecretString=text)
    return str(ring["current"])


def main(stage: str) -> None:
    """Rotates, and prints which key signs now."""
    try:
        print(f"{name(stage)}: key {rotate(stage)} signs now")
    except (BotoCoreError, ClientError) as exc:
        sys.exit(f"keys: {exc}")


if __name__ == "__main__":
    main(sys.argv[1])
