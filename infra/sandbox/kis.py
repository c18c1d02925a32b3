"""A stand-in for KIS OpenAPI: the token, and daily bars of stocks and indices. Every value is a string, as there."""

from hashlib import blake2s

from fastapi import APIRouter, Request, Response

from infra.sandbox import kis_rows as rows
from infra.sandbox.clock import Clock, Timeline
from infra.sandbox.kis_tokens import Login, Tokens

QUOTATIONS = "/uapi/domestic-stock/v1/quotations"
MAX_ROWS = 100
JSON = "application/json; charset=utf-8"


def failure(code: str, message: str, status: int = 500) -> Response:
    """An error of a data call."""
    body = rows.as_json({"rt_cd": "1", "msg_cd": code, "msg1": message})
    return Response(body, status, media_type=JSON)


def router(timeline: Timeline, clock: Clock) -> APIRouter:
    """The service's routes, at the time of `clock`."""
    service, tokens, series = APIRouter(), Tokens(), rows.Series(timeline.market)

    @service.post("/oauth2/tokenP")
    async def token(request: Request) -> Response:
        status, body = tokens.issue(await _login(request), clock.now)
        return Response(rows.as_json(body), status, media_type=JSON)

    @service.get(f"{QUOTATIONS}/inquire-daily-itemchartprice")
    async def daily(request: Request) -> Response:
        wanted = _query(request)
        refused = _refusal(request, "FHKST03010100", tokens, clock) or _missing(
            wanted, "FID_INPUT_ISCD", "FID_INPUT_DATE_1", "FID_INPUT_DATE_2"
        )
        if refused:
            return refused
        code = wanted["FID_INPUT_ISCD"]
        known = timeline.sessions_known(code, clock.now)
        first, last = wanted["FID_INPUT_DATE_1"], wanted["FID_INPUT_DATE_2"]
        return _answer(series.stock_summary(code, known), series.newest(code, known, first, last))

    @service.get(f"{QUOTATIONS}/inquire-index-daily-price")
    async def index(request: Request) -> Response:
        wanted = _query(request)
        refused = _refusal(request, "FHPUP02120000", tokens, clock) or _missing(
            wanted, "FID_INPUT_ISCD", "FID_INPUT_DATE_1"
        )
        if refused:
            return refused
        code = wanted["FID_INPUT_ISCD"]
        known = timeline.sessions_known(code, clock.now)
        found = series.newest(code, known, "", wanted["FID_INPUT_DATE_1"])
        return _answer(series.index_summary(code, known), found)

    return service


def _answer(summary: str, found: list[str]) -> Response:
    body = (
        '{"output1":' + summary + ',"output2":[' + ",".join(found[:MAX_ROWS]) + "],"
        '"rt_cd":"0","msg_cd":"MCA00000","msg1":"정상처리 되었습니다."}'
    )
    return Response(body, media_type=JSON, headers={"tr_cont": ""})


def _query(request: Request) -> dict[str, str]:
    return {name.upper(): value for name, value in request.query_params.items()}


def _missing(query: dict[str, str], *needed: str) -> Response | None:
    for name in needed:
        if not query.get(name):
            return failure("OPSQ2001", f"ERROR INPUT FIELD NOT FOUND [{name}]", 200)
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
