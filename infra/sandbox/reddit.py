"""Stand-ins for www.reddit.com, which gives tokens, and oauth.reddit.com, which lists a subreddit's new posts."""

import base64
import binascii
import json
from hashlib import blake2b
from html import escape
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request, Response

from infra.sandbox.addresses import post_path
from infra.sandbox.clock import Clock, Timeline
from infra.sandbox.entities import Post
from infra.sandbox.posts import SUBREDDITS

JSON = "application/json; charset=UTF-8"
LIMIT, MAX_LIMIT = 25, 100
GOOD_FOR_S = 86400
INSTALLED = "https://oauth.reddit.com/grants/installed_client"
# so little is used of the window that a client who obeys the headers need not wait
RATE = {"x-ratelimit-remaining": "997.0", "x-ratelimit-used": "3", "x-ratelimit-reset": "15"}


# what a plain text post has, too
FLAGS: dict[str, Any] = {
    "is_self": True,
    "is_video": False,
    "edited": False,
    "over_18": False,
    "stickied": False,
    "locked": False,
    "archived": False,
    "hidden": False,
    "spoiler": False,
    "saved": False,
    "likes": None,
    "media": None,
    "distinguished": None,
    "removed_by_category": None,
    "link_flair_text": None,
    "author_flair_text": None,
    "num_crossposts": 0,
    "gilded": 0,
}


class Tokens:
    """The tokens that were given out. They stay good: a client counts their age by its own clock, not the sandbox's."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def issue(self, client: str) -> str:
        """A token for a client, always the same one."""
        token = f"eyJhbGciOiJSUzI1NiJ9.{blake2b(client.encode(), digest_size=24).hexdigest()}"
        self._given.add(token)
        return token

    def admits(self, request: Request) -> bool:
        """Whether a request carries one of them."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and token in self._given


def _json(body: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status, headers, JSON)


def _failure(status: int, message: str, **headers: str) -> Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return _json({"message": message, "error": status}, status, named)


def _client(request: Request) -> str:
    """The client's id from basic authentication, or nothing."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        client, colon, _ = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return client if scheme.lower() == "basic" and colon else ""


def _granted(form: bytes) -> bool:
    given = parse_qs(form.decode("utf-8", "replace"))
    grant = given.get("grant_type", [""])[0]
    return grant == "client_credentials" or (grant == INSTALLED and "device_id" in given)


def token_router(tokens: Tokens) -> APIRouter:
    """The routes of www.reddit.com."""
    site = APIRouter()

    @site.post("/api/v1/access_token")
    async def token(request: Request) -> Response:
        client = _client(request)
        if not client:
            return _failure(401, "Unauthorized", www_authenticate='Basic realm="reddit"')
        if not _granted(await request.body()):
            return _json({"error": "unsupported_grant_type"}, 400)
        given = {"access_token": tokens.issue(client), "token_type": "bearer"}
        return _json(given | {"expires_in": GOOD_FOR_S, "scope": "*"})

    return site


def _child(post: Post) -> dict[str, Any]:
    path, created = post_path(post), post.published_at.timestamp()
    return {
        "kind": "t3",
        "data": {
            "id": post.id,
            "name": f"t3_{post.id}",
            "subreddit": post.subreddit,
            "subreddit_name_prefixed": f"r/{post.subreddit}",
            "subreddit_type": "public",
            "title": post.title,
            "selftext": post.text,
            "selftext_html": f'<!-- SC_OFF --><div class="md"><p>{escape(post.text)}</p>\n</div><!-- SC_ON -->',
            "author": post.author,
            "author_fullname": f"t2_{blake2b(post.author.encode(), digest_size=4).hexdigest()}",
            "score": post.score,
            "ups": post.score,
            "downs": 0,
            "upvote_ratio": 0.9,
            "num_comments": post.comments,
            "created": created,
            "created_utc": created,
            "permalink": path,
            "url": f"https://www.reddit.com{path}",
            "domain": f"self.{post.subreddit}",
            **FLAGS,
        },
    }


def _subreddits(names: str) -> set[str] | None:
    """The subreddits that a path names, in lower case; None when one is unknown."""
    asked = {name.lower() for name in names.split("+")}
    return asked if asked <= {name.lower() for name in SUBREDDITS} else None


def _listing(posts: list[Post], request: Request) -> dict[str, Any]:
    query = request.query_params
    given = query.get("limit", "")
    limit = min(int(given), MAX_LIMIT) if given.isascii() and given.isdigit() and int(given) else LIMIT
    names = [f"t3_{post.id}" for post in posts]
    after = query.get("after")
    first = names.index(after) + 1 if after in names else 0
    shown = posts[first : first + limit]
    more = first + limit < len(posts)
    data = {
        "after": names[first + limit - 1] if more else None,
        "dist": len(shown),
        "modhash": None,
        "geo_filter": "",
        "children": [_child(post) for post in shown],
        "before": None,
    }
    return {"kind": "Listing", "data": data}


def router(timeline: Timeline, clock: Clock, tokens: Tokens) -> APIRouter:
    """The routes of oauth.reddit.com, at the time of `clock`."""
    site, shelf = APIRouter(), timeline.posts

    @site.get("/r/{names}/new")
    async def new(request: Request, names: str) -> Response:
        if not tokens.admits(request):
            refused = 'Bearer realm="reddit", error="invalid_token"'
            return _failure(401, "Unauthorized", www_authenticate=refused)
        asked = _subreddits(names)
        if asked is None:
            return _failure(404, "Not Found")
        newest = shelf.newest(shelf.count(clock.now), len(shelf.items))
        posts = [post for post in newest if post.subreddit.lower() in asked]
        return _json(_listing(posts, request), headers=RATE)

    return site
