"""The stand-in for Telegram: answers of the Bot API's shapes, its limits, and what its HTML takes."""

import pytest

from infra.sandbox import telegram_chats
from infra.sandbox.telegram_chats import Chats, Limits, Refused
from tests.integration.sandbox_client import World

BOT = "/telegram/bot1:" + "0" * 35


def test_a_message_is_answered_as_the_bot_api_does(world: World) -> None:
    answer = world.post(
        f"{BOT}/sendMessage", {"chat_id": 5, "text": "<b>a</b> &amp; b", "parse_mode": "HTML"}
    )
    body = answer.json()
    assert (answer.status_code, body["ok"]) == (200, True)
    assert {"message_id", "from", "chat", "date", "text"} <= set(body["result"])
    assert body["result"]["text"] == "a & b"


@pytest.mark.parametrize(
    ("state", "code"), [(state, answer[0]) for state, answer in telegram_chats.ANSWERS.items()]
)
def test_a_chats_state_is_its_answer(world: World, state: str, code: int) -> None:
    world.put("/_control/telegram/chats/9", {"state": state})
    answer = world.post(f"{BOT}/sendMessage", {"chat_id": 9, "text": "a"})
    body = answer.json()
    assert answer.status_code == body["error_code"] == code
    assert body["ok"] is False
    assert body["description"].startswith("Forbidden: " if code == 403 else "Bad Request: ")


def test_an_upgraded_group_names_its_new_number(world: World) -> None:
    world.put("/_control/telegram/chats/-9", {"state": "migrated", "migrated_to": -1009})
    body = world.post(f"{BOT}/sendMessage", {"chat_id": -9, "text": "a"}).json()
    assert (body["error_code"], body["parameters"]) == (400, {"migrate_to_chat_id": -1009})


def test_a_wrong_token_and_an_unknown_method_are_told(world: World) -> None:
    assert world.post("/telegram/botx/sendMessage", {}).json()["error_code"] == 401
    assert world.post(f"{BOT}/sendPigeon", {}).json()["error_code"] == 404


def test_a_webhook_needs_a_secret_of_plain_letters(world: World) -> None:
    refused = world.post(f"{BOT}/setWebhook", {"url": "https://x.example", "secret_token": "쉿"})
    assert refused.status_code == 400
    world.post(f"{BOT}/setWebhook", {"url": "https://x.example", "secret_token": "a_b-1"})
    assert world.post(f"{BOT}/getWebhookInfo", {}).json()["result"]["url"] == "https://x.example"
    assert world.post(f"{BOT}/getUpdates", {}).json()["error_code"] == 409
    assert world.post(f"{BOT}/deleteWebhook", {}).json()["result"] is True


@pytest.mark.parametrize(
    "text",
    [
        *("<b>a", "a</b>", "<b><i>a</b></i>", "<script>a</script>", "a < b", "<b onclick='x'>a</b>"),
        *("", "<b></b>", "<!-- a -->b", "가" * 4097, "🦊" * 2049),
    ],
)
def test_what_telegram_can_not_read_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        telegram_chats.checked(text, "HTML")


def test_entities_do_not_count_to_the_length() -> None:
    assert telegram_chats.checked("<b>" + "&lt;" * 4096 + "</b>", "HTML") == "<" * 4096


class Hands:
    def __init__(self) -> None:
        self.seconds = 0.0

    def read(self) -> float:
        return self.seconds


def flood(chats: Chats, number: int, hands: Hands, every_s: float, times: int) -> list[int]:
    """Sends at a pace; gives the seconds to wait of those that were refused, 0 for the others."""
    waits = []
    for _ in range(times):
        try:
            chats.send(number, {"text": "a"}, 0)
            waits.append(0)
        except Refused as exc:
            waits.append(exc.parameters["retry_after"])
        hands.seconds += every_s
    return waits


def test_the_limits_are_of_the_bot_of_a_chat_and_of_a_group() -> None:
    hands = Hands()
    chats = Chats(hands.read)
    chats.limits = Limits(per_second=3, per_chat_second=1, per_group_minute=2)
    assert flood(chats, 1, hands, 0.5, 4) == [0, 1, 0, 1]
    hands.seconds = 100
    assert flood(chats, -1, hands, 10, 4) == [0, 0, 40, 30]
    hands.seconds = 200
    assert [flood(chats, number, hands, 0.1, 1) for number in range(10, 14)] == [[0], [0], [0], [1]]
    assert chats.refused[429] == 5
