"""The sandbox's Reddit, asked by PRAW as the crawler asks the real one."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import praw
import prawcore
import pytest
import requests

from infra.local.world import STAND_INS
from infra.sandbox.entities import SEOUL, Post
from infra.sandbox.market import Market
from infra.sandbox.posts import SUBREDDITS
from tests.integration.sandbox_client import World

ALL = "+".join(SUBREDDITS)
NEW, TOKEN = f"/reddit-oauth/r/{ALL}/new", "/reddit/api/v1/access_token"


class Redirected(requests.Session):
    """A session to whom the sandbox is Reddit."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.sandbox = address

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        _, _, host, path = str(url).split("/", 3)
        return super().request(method, f"{self.sandbox}{STAND_INS[host]}/{path}", *args, **kwargs)


@pytest.fixture
def reddit(world: World, market: Market) -> praw.Reddit:
    """Reddit at the end of the live sessions."""
    world.set(datetime.combine(market.live[-1], time(23), tzinfo=SEOUL))
    return client(world, "secret")


def client(world: World, secret: str | None) -> praw.Reddit:
    return praw.Reddit(
        client_id="id",
        client_secret=secret,
        user_agent="test",
        check_for_updates=False,
        requestor_kwargs={"session": Redirected(world.address)},
    )


def seen(reddit: praw.Reddit, names: str = ALL, **options: Any) -> list[str]:
    return [post.id for post in reddit.subreddit(names).new(**options)]


def newest(market: Market) -> list[Post]:
    return list(reversed(market.posts))


def test_posts_come_newest_first_with_their_numbers(reddit: praw.Reddit, market: Market) -> None:
    found = list(reddit.subreddit(ALL).new(limit=100))
    assert len(found) == len(market.live)
    for post, true in zip(found, newest(market), strict=True):
        assert (post.id, post.title, post.selftext) == (true.id, true.title, true.text)
        assert (post.score, post.num_comments, post.author.name) == (true.score, true.comments, true.author)
        assert datetime.fromtimestamp(post.created_utc, UTC) == true.published_at
        assert post.subreddit.display_name == true.subreddit
        assert post.permalink.startswith(f"/r/{true.subreddit}/comments/{true.id}/")


def test_a_client_without_a_secret_is_let_in(reddit: praw.Reddit, world: World, market: Market) -> None:
    assert seen(client(world, None)) == [post.id for post in newest(market)]


def test_a_page_leads_to_the_next(reddit: praw.Reddit, world: World, market: Market) -> None:
    assert seen(reddit, params={"limit": 2}, limit=None) == [post.id for post in newest(market)]
    page = world.get(NEW, {"limit": 2}, authorization=f"bearer {token_of(world)}").json()["data"]
    assert page["after"] == f"t3_{newest(market)[1].id}"
    assert page["dist"] == len(page["children"]) == 2


def token_of(world: World) -> str:
    asked = {"grant_type": "client_credentials"}
    answer = requests.post(world.address + TOKEN, asked, auth=("id", "secret"), timeout=10)
    return str(answer.json()["access_token"])


def test_a_subreddit_has_only_its_own_posts(reddit: praw.Reddit, market: Market) -> None:
    for name in SUBREDDITS:
        assert seen(reddit, name.lower()) == [p.id for p in newest(market) if p.subreddit == name]


def test_a_post_is_listed_from_its_time_on(world: World, market: Market) -> None:
    first = market.posts[0]
    world.set(first.published_at - timedelta(seconds=1))
    assert seen(client(world, "secret")) == []
    world.set(first.published_at)
    assert seen(client(world, "secret")) == [first.id]


def test_the_headers_let_praw_go_on_at_once(reddit: praw.Reddit, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("prawcore.rate_limit.time.sleep", waits.append)
    for _ in range(5):
        seen(reddit)
    assert waits == []
    assert reddit.auth.limits["remaining"] == 997


def test_who_is_unknown_gets_nothing(world: World) -> None:
    refused = requests.post(world.address + TOKEN, {"grant_type": "client_credentials"}, timeout=10)
    assert (refused.status_code, refused.json()) == (401, {"message": "Unauthorized", "error": 401})
    wrong = requests.post(world.address + TOKEN, {"grant_type": "x"}, auth=("id", "secret"), timeout=10)
    assert (wrong.status_code, wrong.json()) == (400, {"error": "unsupported_grant_type"})
    answer = world.get(NEW, authorization="bearer made-up")
    assert answer.status_code == 401
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]


def test_an_unknown_subreddit_is_not_found(reddit: praw.Reddit) -> None:
    with pytest.raises(prawcore.exceptions.NotFound):
        seen(reddit, "stocks+unheard")


def test_a_rate_limit_says_when_it_ends(reddit: praw.Reddit, world: World) -> None:
    world.misbehave({"path": "/reddit-oauth", "preset": "reddit_rate_limit"})
    with pytest.raises(prawcore.exceptions.TooManyRequests) as failed:
        seen(reddit)
    assert failed.value.response.headers["x-ratelimit-reset"] == "1"


def test_an_error_can_be_a_page_instead_of_json(reddit: praw.Reddit, world: World) -> None:
    world.misbehave({"path": "/reddit-oauth", "preset": "reddit_bad_request_html"})
    with pytest.raises(praw.exceptions.RedditAPIException, match="<h1>400 Bad request"):
        seen(reddit)
