"""The outside world of a sample market, over HTTP: each host below a prefix of its own."""

import logging
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from infra.sandbox import (
    control,
    dart,
    hankyung,
    kis,
    kis_meter,
    kis_tokens,
    llm,
    maekyung,
    naver_api,
    naver_finance,
    naver_news,
    reddit,
    robots,
    telegram,
)
from infra.sandbox.clock import Clock, Timeline, start
from infra.sandbox.entities import Market
from infra.sandbox.faults import Faults, Misbehaving
from infra.sandbox.telegram_chats import Chats

HOST = "127.0.0.1"
STOP_TIMEOUT_S = 20
READ = {
    "/mk": maekyung,
    "/hankyung": hankyung,
    "/naver-finance": naver_finance,
    "/naver-news": naver_news,
    "/naver-api": naver_api,
    "/dart": dart,
}


def create_app(market: Market) -> FastAPI:
    """An application that plays a market. Its clock stands at midnight before the first live session until set."""
    app = FastAPI(title="nunchi sandbox", openapi_url=None)
    clock, faults, timeline = Clock(start(market)), Faults(), Timeline(market)
    calls: Counter[str] = Counter()
    for prefix, host in READ.items():
        app.include_router(host.router(timeline, clock), prefix=prefix)
    tokens = reddit.Tokens()
    app.include_router(reddit.token_router(tokens), prefix="/reddit")
    app.include_router(reddit.router(timeline, clock, tokens), prefix="/reddit-oauth")
    robots.add(app)
    kis_logins, meter = kis_tokens.Tokens(), kis_meter.Meter()
    app.include_router(kis.router(timeline, clock, kis_logins), prefix="/kis")
    app.include_router(llm.openai_router(market, clock), prefix="/openai/v1")
    app.include_router(llm.openrouter_router(market, clock), prefix="/openrouter/api/v1")
    chats, hook = Chats(), telegram.Hook()
    app.include_router(telegram.router(chats, clock, hook), prefix="/telegram")
    app.include_router(telegram.control(chats, hook), prefix="/_control/telegram")
    app.include_router(control.router(timeline, clock, faults, calls), prefix="/_control")
    app.include_router(control.kis_router(kis_logins, meter), prefix="/_control/kis")
    # the last one added is the first one asked, and faults need uvicorn's own `receive`
    app.add_middleware(Misbehaving, faults=faults)
    app.add_middleware(kis_meter.Metering, meter=meter, path="/kis/uapi/")
    app.add_middleware(control.Counting, calls=calls)
    return app


def serve(market: Market, port: int) -> None:
    """Serves a market on a port of 127.0.0.1 until the process is asked to stop."""
    _server(market, port).run()


def _server(market: Market, port: int) -> uvicorn.Server:
    logging.getLogger("uvicorn.error").addFilter(_is_news)
    app = create_app(market)
    config = uvicorn.Config(
        app, host=HOST, port=port, access_log=False, log_config=None, log_level="warning", lifespan="off"
    )
    return uvicorn.Server(config)


def _is_news(record: logging.LogRecord) -> bool:
    return "without completing response" not in record.getMessage()  # a body that was cut on purpose


@contextmanager
def serving(market: Market) -> Iterator[str]:
    """Serves a market from a thread on a free port for as long as the context lasts; gives the address."""
    server = _server(market, 0)
    # asyncio turns Nagle's delay off only where the protocol is named
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind((HOST, 0))
    listener.listen()  # so that a client that comes before the thread has started waits
    port = listener.getsockname()[1]
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://{HOST}:{port}"
    finally:
        server.should_exit = True
        thread.join(STOP_TIMEOUT_S)
        listener.close()
