"""What each function's environment weighs once it is deployed: Lambda takes 4 KB, and refuses more at a deployment."""

from typing import Any

from infra.checks.expand import expand
from infra.local.template import Function
from tests.contract.deployed import FUNCTIONS, deployed, named, of_type

MOST_BYTES = 4_000  # of 4,096
RDS_ARN, ARN, ADDRESS, SUFFIX = 118, 95, 90, 13  # as AWS makes them, of a stack with a name of eleven letters
URL = "https://sqs.ap-northeast-2.amazonaws.com/123456789012/nunchi-prod-"
PARAMETERS: dict[str, Any] = expand()["Parameters"]


def weight(value: Any) -> int:
    """The bytes of a value as it is deployed."""
    if not isinstance(value, dict):
        return len(str(value).encode())
    name = value.get("Ref", "")
    if name in of_type("AWS::SQS::Queue"):
        return len(f"{URL}{name}-") + SUFFIX
    if name.endswith("Arn"):
        return RDS_ARN if name == "DatabaseSecretArn" else ARN
    if name.endswith(("Url", "Uri")):
        return ADDRESS
    return max(20, len(str(PARAMETERS.get(name, {}).get("Default", ""))))


@named(FUNCTIONS)
def test_the_environment_is_far_enough_from_what_lambda_takes(item: Function) -> None:
    variables = deployed()[item.name]["Properties"]["Environment"]["Variables"]
    assert sum(len(name) + weight(value) for name, value in variables.items()) < MOST_BYTES
