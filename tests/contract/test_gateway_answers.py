"""What the gateway answers by itself, and what the Api's cold start leaves alone."""

import subprocess
import sys
from typing import Any

import pytest

from tests.contract.deployed import of_type

HEADER = "gatewayresponse.header."
HEAVY = {
    "pymilvus",
    "openai",
    "pandas",
    "numpy",
    "bs4",
    "jose",
    "passlib",
    "argon2",
    "bcrypt",
    "praw",
    "selectolax",
}


def answers() -> dict[str, Any]:
    (api,) = of_type("AWS::ApiGateway::RestApi").values()
    found: dict[str, Any] = api["Body"]["x-amazon-apigateway-gateway-responses"]
    return found


@pytest.mark.parametrize("kind", ["DEFAULT_4XX", "DEFAULT_5XX"])
def test_the_gateways_own_errors_can_be_read_by_our_client_and_are_safe(kind: str) -> None:
    headers = answers()[kind]["responseParameters"]
    origin = headers[f"{HEADER}Access-Control-Allow-Origin"]["Fn::If"]
    assert origin[0] == "HasOrigins"
    assert origin[1]["Fn::Sub"][1] == {"Origin": {"Fn::Select": [0, {"Ref": "AllowedOrigins"}]}}
    assert "*" not in str(origin)
    for name in ("Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"):
        assert headers[HEADER + name]
    assert list(answers()[kind]["responseTemplates"]) == ["application/problem+json"]


CODE = """
import asyncio, sys
from api.app import create_app

async def call():
    async def send(message): pass
    async def receive(): return {"type": "http.request"}
    scope = {"type": "http", "method": "GET", "path": "/unheard", "headers": [], "query_string": b""}
    await create_app()(scope, receive, send)

asyncio.run(call())
print(*{name.split(".")[0] for name in sys.modules})
"""


def test_the_api_imports_nothing_heavy_before_it_is_needed() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=True)
    assert HEAVY & set(done.stdout.split()) == set()
