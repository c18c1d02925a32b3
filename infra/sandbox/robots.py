"""The hosts' robots.txt: each lets everyone read what the crawlers read, and keeps some folders for itself."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI, Response

CLOSED = {
    "/mk": ("/search", "/member"),
    "/hankyung": ("/search", "/member"),
    "/naver-finance": ("/mypage",),
    "/naver-news": ("/comment",),
    "/naver-api": (),
    "/dart": (),
    "/reddit": ("/login", "/message"),
    "/reddit-oauth": (),
}


def text(closed: tuple[str, ...]) -> str:
    """A robots.txt that closes these folders."""
    folders = [f"Disallow: {folder}" for folder in closed]
    return "\n".join(["User-agent: *", *folders, "Allow: /", ""])


def add(app: FastAPI) -> None:
    """Adds the route below each host's prefix."""
    for prefix, closed in CLOSED.items():
        app.add_api_route(f"{prefix}/robots.txt", _route(text(closed)), methods=["GET"])


def _route(body: str) -> Callable[[], Awaitable[Response]]:
    async def robots() -> Response:
        return Response(body, media_type="text/plain")

    return robots
