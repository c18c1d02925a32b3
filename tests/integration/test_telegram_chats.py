"""Linking a chat, its commands, and the webhook: what an outsider can and can't do."""

from datetime import time, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from infra.sandbox.telegram import Written, update_of
from nunchi import database
from nunchi.models import AlertPreferences, AlertRule, Chat, TelegramUpdate, User
from nunchi.notify.texts import REPLIES
from nunchi.watch import repository as watchlists
from nunchi.watch import service as watching
from tests import factories
from tests.conftest import forget_clients
from tests.factories import NOON
from tests.integration.accounts_played import Hands, as_user, stored_user
from tests.integration.alerts_played import CODE, Bot, alerts, rows, told

KO = REPLIES["ko"]
SECRET = {"X-Telegram-Bot-Api-Secret-Token": "sandbox"}
HOOK = "/api/telegram/webhook"


@pytest.fixture
def hands(bot: Bot) -> Hands:
    return bot.hands


@pytest.fixture
def user(bot: Bot) -> User:
    with database.session() as session:
        session.add(factories.stock())
    return stored_user("minji")


def say(client: TestClient, text: str, chat: int = 77, **options: Any) -> str | None:
    """Writes to the bot; gives what it answers."""
    update = update_of(Written(chat=chat, text=text, **options))
    answer = client.post(HOOK, json=update, headers=SECRET)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    if not body:
        return None
    assert (body["method"], body["chat_id"]) == ("sendMessage", chat)
    return str(body["text"])


def link(client: TestClient, user: User, hands: Hands) -> str:
    """Asks for a link; gives its token."""
    made = client.post("/api/telegram/link", headers=as_user(user, hands))
    assert made.status_code == 201, made.text
    parts = urlsplit(str(made.json()["url"]))
    assert (parts.netloc, parts.path) == ("t.me", "/nunchi_sandbox_bot")
    return parse_qs(parts.query)["start"][0]


@pytest.fixture
def linked(client: TestClient, user: User, hands: Hands) -> User:
    assert say(client, f"/start {link(client, user, hands)}") == KO.linked
    return user


def test_a_link_makes_a_chat_the_users_and_gives_it_a_first_rule(client: TestClient, linked: User) -> None:
    (chat,), (rule,) = rows(Chat), rows(AlertRule)
    assert (chat.user_id, chat.telegram_id, chat.active) == (linked.id, "77", True)
    assert (rule.user_id, rule.stocks) == (linked.id, "watchlist")


def test_a_link_is_good_for_one_use(client: TestClient, user: User, hands: Hands) -> None:
    token = link(client, user, hands)
    assert say(client, f"/start {token}", chat=77) == KO.linked
    assert say(client, f"/start {token}", chat=78) == KO.bad_link
    assert [chat.telegram_id for chat in rows(Chat)] == ["77"]


def test_a_link_is_good_for_ten_minutes(client: TestClient, user: User, hands: Hands) -> None:
    token = link(client, user, hands)
    hands.move(minutes=10)
    assert say(client, f"/start {token}") == KO.bad_link


def test_a_new_link_makes_the_older_one_useless(client: TestClient, user: User, hands: Hands) -> None:
    older = link(client, user, hands)
    link(client, user, hands)
    assert say(client, f"/start {older}") == KO.bad_link


def test_a_token_is_kept_as_its_hash_only(client: TestClient, user: User, hands: Hands) -> None:
    token = link(client, user, hands)
    assert len(token) <= 64
    with database.session() as session:
        stored = session.connection().exec_driver_sql("SELECT digest FROM chat_links").scalar_one()
    assert token not in stored


@pytest.mark.parametrize("text", ["/start", "/start x", "/status", "/watch 990010", "/stop", "005930?", "/x"])
def test_an_unlinked_chat_learns_how_to_link_and_nothing_else(
    client: TestClient, user: User, text: str
) -> None:
    assert say(client, text) in {KO.how_to_link, KO.bad_link}
    assert rows(Chat) == []


def test_the_answer_is_in_the_language_of_who_writes(client: TestClient, user: User) -> None:
    assert say(client, "hi", language_code="en") == REPLIES["en"].how_to_link


def test_commands_change_the_watchlist(client: TestClient, linked: User) -> None:
    assert say(client, f"/watch {CODE}") == KO.watched.format(name="다온솔전자", code=CODE)
    assert say(client, f"/watch {CODE}") is not None  # again changes nothing
    with database.session() as session:
        assert watchlists.codes(session, linked.id) == [CODE]
    assert say(client, f"/unwatch {CODE}") == KO.unwatched.format(code=CODE)
    assert say(client, f"/unwatch {CODE}") == KO.not_watched.format(code=CODE)


@pytest.mark.parametrize("code", ["", "12345", "000000", "'; DROP TABLE users; --", "990010 990020"])
def test_what_is_no_followed_stock_is_not_watched(client: TestClient, linked: User, code: str) -> None:
    assert say(client, f"/watch {code}") == KO.no_such_stock
    with database.session() as session:
        assert watchlists.lists(session, linked.id, limit=9, after=None) == []


def test_quiet_hours_are_set_and_ended(client: TestClient, linked: User) -> None:
    assert say(client, "/quiet 22:00-07:00") == KO.quiet_set.format(begins="22:00", to="07:00")
    (found,) = rows(AlertPreferences)
    assert (found.quiet_from, found.quiet_to) == (time(22), time(7))
    assert say(client, "/quiet off") == KO.quiet_off
    assert rows(AlertPreferences)[0].quiet_from is None


@pytest.mark.parametrize("text", ["", "22-7", "24:00-07:00", "22:00-22:00", "22:60-07:00", "x" * 4000])
def test_what_are_no_hours_change_nothing(client: TestClient, linked: User, text: str) -> None:
    assert say(client, f"/quiet {text}") == KO.quiet_wrong


def test_the_status_tells_what_is_set(client: TestClient, linked: User) -> None:
    say(client, f"/watch {CODE}")
    say(client, "/quiet 22:00-07:00")
    text = say(client, "/status@nunchi_sandbox_bot") or ""
    assert CODE in text
    assert "22:00-07:00" in text
    assert "0/20" in text


def test_stop_ends_the_alerts_and_start_begins_them_again(bot: Bot, client: TestClient, linked: User) -> None:
    say(client, f"/watch {CODE}")
    assert say(client, "/stop") == KO.stopped
    told(bot, "a")
    assert alerts() == []
    assert say(client, "/start") == KO.resumed
    bot.pass_by(minutes=2)
    told(bot, "b")
    assert len(bot.sent(77)) == 1


@pytest.mark.parametrize("text", ["/help", "삼성전자 사도 될까요?", "/unknown", "💬"])
def test_anything_else_gets_the_list_of_commands_and_no_conversation(
    client: TestClient, linked: User, text: str
) -> None:
    assert say(client, text) == KO.help


def test_an_update_that_comes_again_does_nothing_again(client: TestClient, linked: User) -> None:
    assert say(client, "/stop", update_id=900) == KO.stopped
    assert say(client, "/start", update_id=901) == KO.resumed
    assert say(client, "/stop", update_id=900) is None
    assert rows(Chat)[0].active
    assert len([one for one in rows(TelegramUpdate) if one.update_id == 900]) == 1


@pytest.mark.parametrize("secret", ["", "sandboxx", "SANDBOX", "쉿"])
def test_an_update_without_the_secret_is_refused(client: TestClient, user: User, secret: str) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": secret.encode()} if secret else {}
    answer = client.post(HOOK, json=update_of(Written(chat=1, text="/start")), headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, rows(TelegramUpdate)) == (403, [])


def test_without_a_secret_of_ours_every_update_is_refused(
    client: TestClient, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TELEGRAM_WEBHOOK_SECRET")
    forget_clients()
    answer = client.post(HOOK, json={"update_id": 1}, headers={"X-Telegram-Bot-Api-Secret-Token": ""})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "body", [{}, {"update_id": "1"}, {"update_id": True}, {"update_id": -1}, {"update_id": 2**63}]
)
def test_what_is_no_update_is_refused(client: TestClient, user: User, body: dict[str, Any]) -> None:
    assert client.post(HOOK, json=body, headers=SECRET).status_code == 422


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        {"chat": None},
        {"chat": {"id": "1", "type": "private"}, "from": {"id": 1}, "text": "/start"},
        {"chat": {"id": 1, "type": "private"}, "from": {"id": 1}, "text": None},
        {"chat": {"id": 1, "type": "private"}, "from": {"id": 1}, "photo": []},
        {"chat": {"id": 1, "type": "private"}, "from": {"id": 1, "is_bot": True}, "text": "/start"},
        {"chat": {"id": 1, "type": "channel"}, "text": "/start"},
        {"chat": {"id": 2**70, "type": "private"}, "from": {"id": 1}, "text": "/start"},
        {"chat": {"id": 1, "type": "private"}, "from": {"id": 1}, "text": "x" * 5000},
    ],
)
def test_an_update_of_another_kind_is_taken_and_not_answered(
    client: TestClient, user: User, message: object
) -> None:
    answer = client.post(HOOK, json={"update_id": 5, "message": message}, headers=SECRET)
    assert (answer.status_code, answer.json()) == (200, {})


def test_a_nul_in_a_message_breaks_nothing(client: TestClient, linked: User) -> None:
    assert say(client, "/watch \x00\x00") == KO.no_such_stock
    assert say(client, "/start \x00") == KO.bad_link


def test_linking_another_chat_moves_the_user_there(client: TestClient, linked: User, hands: Hands) -> None:
    say(client, f"/start {link(client, linked, hands)}", chat=78)
    (chat,) = rows(Chat)
    assert chat.telegram_id == "78"
    assert say(client, "/status", chat=77) == KO.how_to_link


def test_a_chat_that_is_linked_to_another_account_becomes_that_of_the_newer_link(
    client: TestClient, linked: User, hands: Hands
) -> None:
    other = stored_user("jisu")
    assert say(client, f"/start {link(client, other, hands)}", chat=77) == KO.linked
    assert {chat.user_id: chat.telegram_id for chat in rows(Chat)} == {linked.id: None, other.id: "77"}


def test_in_a_group_only_commands_of_whoever_linked_it_are_heard(
    client: TestClient, user: User, hands: Hands
) -> None:
    group: dict[str, Any] = {"chat": -900, "kind": "group"}
    assert (
        say(client, f"/start@nunchi_sandbox_bot {link(client, user, hands)}", sender=5, **group) == KO.linked
    )
    assert say(client, "안녕하세요", sender=5, **group) is None
    assert say(client, "/stop", sender=6, **group) is None
    assert rows(Chat)[0].active
    assert say(client, "/stop@another_bot", sender=5, **group) is None
    assert rows(Chat)[0].active
    assert say(client, "/stop", sender=5, **group) == KO.stopped


def test_a_groups_chat_can_not_be_taken_over_by_another_member(
    client: TestClient, user: User, hands: Hands
) -> None:
    group: dict[str, Any] = {"chat": -900, "kind": "group"}
    say(client, f"/start {link(client, user, hands)}", sender=5, **group)
    others = link(client, stored_user("jisu"), hands)
    assert say(client, f"/start {others}", sender=6, **group) == KO.taken
    assert [(chat.user_id, chat.telegram_id) for chat in rows(Chat)] == [(user.id, "-900")]
    assert say(client, f"/start {others}", chat=78, sender=6) == KO.linked  # the link was not used up


def test_watching_puts_a_stock_on_the_oldest_list_that_its_user_has(client: TestClient, linked: User) -> None:
    with database.session() as session:
        oldest = watching.create(session, linked.id, "반도체", now=NOON)
        watching.create(session, linked.id, "배터리", now=NOON + timedelta(minutes=1))
    say(client, f"/watch {CODE}")
    with database.session() as session:
        found = watchlists.lists(session, linked.id, limit=9, after=None)
        assert [(one.name, one.stocks) for one in found] == [("반도체", 1), ("배터리", 0)]
        assert watchlists.watched(session, oldest.id, CODE) is not None


def test_unwatching_takes_a_stock_off_every_list_of_its_user_alone(client: TestClient, linked: User) -> None:
    other = stored_user("jisu")
    with database.session() as session:
        for user in (linked, other):
            for name in ("반도체", "배터리"):
                made = watching.create(session, user.id, name, now=NOON)
                watching.watch(session, user.id, made.id, CODE, now=NOON)
    assert say(client, f"/unwatch {CODE}") == KO.unwatched.format(code=CODE)
    with database.session() as session:
        assert watchlists.codes(session, linked.id) == []
        assert watchlists.codes(session, other.id) == [CODE]


def test_a_list_takes_two_hundred_stocks_and_the_status_stays_short(client: TestClient, linked: User) -> None:
    with database.session() as session:
        session.add_all(factories.stock(f"1{number:05}", name=f"표본 {number}") for number in range(201))
        session.flush()
        for number in range(200):
            watching.watch_by_default(session, linked.id, f"1{number:05}", now=NOON)
    assert say(client, "/watch 100200") == KO.list_full.format(most=200)
    status = say(client, "/status") or ""
    assert "(+100)" in status
    assert len(status) < 1000


def membership(client: TestClient, status: str, number: int) -> None:
    changed = {"chat": {"id": 77, "type": "private"}, "new_chat_member": {"status": status}}
    assert (
        client.post(HOOK, json={"update_id": number, "my_chat_member": changed}, headers=SECRET).json() == {}
    )


def test_who_blocks_the_bot_is_not_told_until_they_let_it_in_again(client: TestClient, linked: User) -> None:
    membership(client, "kicked", 5000)
    assert not rows(Chat)[0].active
    membership(client, "member", 5001)
    assert rows(Chat)[0].active


def test_who_stopped_is_not_told_for_having_let_the_bot_in_again(client: TestClient, linked: User) -> None:
    say(client, "/stop")
    membership(client, "kicked", 5000)
    membership(client, "member", 5001)
    assert not rows(Chat)[0].active


def test_a_group_that_says_its_new_number_is_followed(client: TestClient, user: User, hands: Hands) -> None:
    say(client, f"/start {link(client, user, hands)}", chat=-900, kind="group")
    message = {"chat": {"id": -900, "type": "group"}, "migrate_to_chat_id": -100900}
    client.post(HOOK, json={"update_id": 5000, "message": message}, headers=SECRET)
    assert rows(Chat)[0].telegram_id == "-100900"


def test_the_state_of_the_chat_is_shown_to_its_user_and_unlinking_ends_it(
    client: TestClient, linked: User, hands: Hands
) -> None:
    mine = as_user(linked, hands)
    shown = client.get("/api/telegram", headers=mine).json()
    assert (shown["linked"], shown["active"]) == (True, True)
    assert client.delete("/api/telegram/link", headers=mine).status_code == 204
    assert client.get("/api/telegram", headers=mine).json()["linked"] is False
    assert say(client, "/status") == KO.how_to_link


def test_deliveries_are_shown_to_their_user_page_by_page_and_to_nobody_else(
    bot: Bot, client: TestClient, linked: User, hands: Hands
) -> None:
    say(client, f"/watch {CODE}")
    told(bot, "a")
    bot.pass_by(hours=2)
    told(bot, "b")
    mine, others = as_user(linked, hands), as_user(stored_user("jisu"), hands)
    first = client.get("/api/telegram/deliveries", params={"limit": 1}, headers=mine).json()
    second = client.get(
        "/api/telegram/deliveries", params={"limit": 1, "cursor": first["next_cursor"]}, headers=mine
    ).json()
    (newest,), (oldest,) = first["items"], second["items"]
    assert (newest["state"], newest["story_title"], newest["stock_name"]) == (
        "sent",
        "다온솔전자 b",
        "다온솔전자",
    )
    assert oldest["story_title"] == "다온솔전자 a"
    assert second["next_cursor"] is None
    assert client.get("/api/telegram/deliveries", headers=others).json()["items"] == []


def test_without_a_bot_there_is_no_link(
    client: TestClient, user: User, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TELEGRAM_BOT_NAME")
    forget_clients()
    assert client.post("/api/telegram/link", headers=as_user(user, hands)).status_code == 503


def test_the_time_of_a_link_is_ten_minutes_from_now(client: TestClient, user: User, hands: Hands) -> None:
    made = client.post("/api/telegram/link", headers=as_user(user, hands)).json()
    assert made["expires_at"] == (hands.now + timedelta(minutes=10)).isoformat().replace("+00:00", "Z")
