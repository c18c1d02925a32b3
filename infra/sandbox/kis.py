"""A stand-in for KIS OpenAPI: the token, and what it is asked for in market data. Every value is a string, as there."""

from collections.abc import Awaitable, Callable
from hashlib import blake2s

from fastapi import APIRouter, Request, Response

from infra.sandbox import kis_answers
from infra.sandbox.clock import Clock, Timeline
from infra.sandbox.kis_calls import Asked, Endpoint
from infra.sandbox.kis_desk import Desk
from infra.sandbox.kis_rows import Series, as_json
from infra.sandbox.kis_tokens import Login, Tokens

BASE = "/uapi/domestic-stock/v1"
JSON = "application/json; charset=utf-8"
MARKET = "FID_COND_MRKT_DIV_CODE"


def failure(code: str, message: str, status: int = 500) -> Response:
    """An error of a data call."""
    body = as_json({"rt_cd": "1", "msg_cd": code, "msg1": message})
    return Response(body, status, media_type=JSON)


def router(timeline: Timeline, clock: Clock, tokens: Tokens) -> APIRouter:
    """The service's routes, at the time of `clock`."""
    service, desk = APIRouter(), Desk(timeline)
    series = Series(desk)

    @service.post("/oauth2/tokenP")
    async def token(request: Request) -> Response:
        status, body = tokens.issue(await _login(request), clock.now)
        return Response(as_json(body), status, media_type=JSON)

    def serve(endpoint: Endpoint) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            query = {name.upper(): value for name, value in request.query_params.items()}
            refused = _refusal(request, endpoint.tr_id, tokens, clock) or _wrong(query, endpoint)
            if refused:
                return refused
            more = request.headers.get("tr_cont", "").strip() == "N"
            told = endpoint.answer(Asked(query, clock.now, more, desk, series))
            return Response(told.text, media_type=JSON, headers={"tr_cont": told.tr_cont})

        return answer

    for endpoint in kis_answers.ENDPOINTS:
        service.add_api_route(f"{BASE}/{endpoint.path}", serve(endpoint), methods=["GET"])
    return service


def _wrong(query: dict[str, str], endpoint: Endpoint) -> Response | None:
    for name in endpoint.needed:
        if not query.get(name):
            return failure("OPSQ2001", f"ERROR INPUT FIELD NOT FOUND [{name}]", 200)
    if endpoint.market and query.get(MARKET, endpoint.market) != endpoint.market:
        return failure("OPSQ2001", f"ERROR INVALID {MARKET}", 200)
    return None


def _refusal(request: Request, tr_id: str, tokens: Tokens, clock: Clock) -> Response | None:
    headers = request.headers
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        return failure("EGW00121", "유효하지 않은 token 입니다.")
    if not tokens.is_good(token, clock.now):
        return failure("EGW00123", "기간이 만료된 token 입니다.")
    if not headers.get("appkey") or not tokens.belongs(token, headers["appkey"]):
        return failure("EGW00103", "유효하지 않은 AppKey입니다.")
    if not headers.get("appsecret"):
        return failure("EGW00105", "유효하지 않은 AppSecret입니다.")
    if headers.get("tr_id") != tr_id:
        return failure("OPSQ0002", "없는 서비스 코드 입니다", 200)
    return None


async def _login(request: Request) -> Login | None:
    try:
        body = await request.json()
    except ValueError:
        return None
    wanted = ("grant_type", "appkey", "appsecret")
    if not isinstance(body, dict) or not all(
        isinstance(body.get(name), str) and body[name] for name in wanted
    ):
        return None
    if body["grant_type"] != "client_credentials":
        return None
    secret = blake2s(body["appsecret"].encode(), digest_size=8).hexdigest()
    return Login(body["appkey"], secret)
