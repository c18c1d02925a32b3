"""Secrets by their Secrets Manager ARN, kept for five minutes, or straight from the environment locally."""

import json

MAX_AGE_S = 300


def get(value: str, arn: str, *, anew: bool = False) -> str:
    """`value` where it is given, else the secret at `arn`, else "". `anew`: as it is now, whatever is kept of it."""
    if value or not arn:
        return value
    # imported here: boto3 costs a cold start 300 ms, and most functions and all local runs need none of it
    from aws_lambda_powertools.utilities.parameters import get_secret

    return str(get_secret(arn, max_age=MAX_AGE_S, force_fetch=anew))


def get_json(arn: str, *, anew: bool = False) -> dict[str, str]:
    """A secret that is a JSON object, for example the login that RDS manages."""
    found: dict[str, str] = json.loads(get("", arn, anew=anew))
    return found
