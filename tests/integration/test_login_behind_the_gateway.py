"""A login through API Gateway's event, as the deployed function gets it."""

import json
from pathlib import Path

import pytest

from api import handler as gateway
from infra.local.invocation import LambdaContext
from nunchi import clock
from tests.factories import NOON
from tests.integration.accounts_played import PASSWORD, forget_tries, stored_user

EVENT = Path(__file__).parents[1] / "events" / "ApiFunction.json"


def test_a_browser_gets_its_three_cookies_through_the_gateway(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gateway, "_mangum", None)
    forget_tries()
    stored_user("minji")
    event = json.loads(EVENT.read_text())
    event |= {"path": "/api/auth/login", "httpMethod": "POST"}
    event["body"] = json.dumps({"email": "minji@example.com", "password": PASSWORD})
    event["multiValueHeaders"]["Content-Type"] = ["application/json"]
    with clock.driven_by(lambda: NOON):
        answer = gateway.handler(
            event, LambdaContext("ApiFunction", "arn:aws:lambda:x:1:function:x", 1024, 29)
        )
    assert answer["statusCode"] == 200, answer
    headers = {
        name.lower(): value for name, value in {**answer["headers"], **answer["multiValueHeaders"]}.items()
    }
    names = [cookie.partition("=")[0] for cookie in headers["set-cookie"]]
    assert names == ["__Host-nunchi-access", "__Host-nunchi-refresh", "__Host-nunchi-csrf"]
    assert headers["strict-transport-security"]
