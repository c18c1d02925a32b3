"""The template that `sam local` gets."""

from pathlib import Path

import pytest

from infra.checks.sam_local import environment, template
from infra.local.errors import LocalError

BUILT = """
Globals:
  Function:
    Environment:
      Variables: {STAGE: !Ref Stage, DATABASE_SECRET_ARN: !Ref DatabaseSecretArn, DATABASE_URL: !Ref DatabaseUrl}
Resources:
  ApiFunction:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: ApiFunction
      Environment:
        Variables: {AUTH_SECRET_ARN: !Ref AuthSecretArn, SIGN_UP: open}
"""


def test_functions_get_local_variables_in_the_place_of_an_accounts_secrets() -> None:
    tree = template(BUILT, {"DATABASE_URL": "postgresql+pg8000://here", "AUTH_KEYS": "{}"})
    assert tree["Globals"]["Function"]["Environment"]["Variables"] == {
        "STAGE": {"Ref": "Stage"},
        "DATABASE_URL": "postgresql+pg8000://here",
        "AUTH_KEYS": "{}",
    }
    properties = tree["Resources"]["ApiFunction"]["Properties"]
    assert properties == {"CodeUri": "ApiFunction", "Environment": {"Variables": {"SIGN_UP": "open"}}}


def test_without_a_running_system_it_says_what_to_start(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="make run"):
        environment(tmp_path)
