"""What each error of the Bot API leads to. The bodies have the shapes and descriptions that Telegram's have."""

import ssl

import pytest
import requests
import urllib3

from nunchi.adapters import telegram
from nunchi.adapters.telegram import Kind

MIGRATED = {"migrate_to_chat_id": -1001987654321}
# status, description, parameters, what it leads to
ANSWERS: list[tuple[int, str, dict[str, int], Kind]] = [
    (429, "Too Many Requests: retry after 7", {"retry_after": 7}, "flood"),
    (429, "Too Many Requests: retry after 240", {"retry_after": 240}, "flood"),
    (400, "Bad Request: group chat was migrated to a supergroup chat", MIGRATED, "migrated"),
    (400, "Bad Request: group chat was upgraded to a supergroup chat", MIGRATED, "migrated"),
    (403, "Forbidden: bot was blocked by the user", {}, "gone"),
    (403, "Forbidden: user is deactivated", {}, "gone"),
    (403, "Forbidden: bot was kicked from the group chat", {}, "gone"),
    (403, "Forbidden: bot is not a member of the channel chat", {}, "gone"),
    (403, "Forbidden: bot is not a member of the supergroup chat", {}, "gone"),
    (403, "Forbidden: bot can't send messages to bots", {}, "gone"),
    (403, "Forbidden: bot can't initiate conversation with a user", {}, "gone"),
    (400, "Bad Request: chat not found", {}, "gone"),
    (400, "[Error]: Bad Request: user not found", {}, "gone"),
    (400, "Bad Request: member not found", {}, "gone"),
    (400, "Bad Request: PEER_ID_INVALID", {}, "gone"),
    (400, "Bad Request: group is deactivated", {}, "gone"),
    (400, "Bad Request: not enough rights to send text messages to the chat", {}, "gone"),
    (400, "Bad Request: not enough rights to send photos to the chat", {}, "gone"),
    (400, "Bad Request: can't parse entities: unexpected end tag at byte offset 12", {}, "ours"),
    (400, "Bad Request: entities too long", {}, "ours"),
    (400, "Bad Request: message text is empty", {}, "ours"),
    (400, "Bad Request: message is too long", {}, "ours"),
    (400, "Bad Request: BUTTON_URL_INVALID", {}, "ours"),
    (400, "Bad Request: wrong parameter action in request", {}, "ours"),
    (400, "Bad Request: reply message not found", {}, "ours"),
    (400, "Bad Request: file is too big", {}, "ours"),
    (400, "Bad Request: invalid file id", {}, "ours"),
    (400, "Bad Request: message is not modified", {}, "ours"),
    (400, "Bad Request: message can't be edited", {}, "ours"),
    (400, "Bad Request: message can't be deleted", {}, "ours"),
    (400, "Bad Request: message to edit not found", {}, "ours"),
    (400, "Bad Request: message to delete not found", {}, "ours"),
    (401, "Unauthorized", {}, "key"),
    (404, "Not Found", {}, "key"),
    (409, "Conflict: terminated by other long poll or webhook", {}, "key"),
    (409, "Conflict: can't use getUpdates method while webhook is active", {}, "key"),
    (500, "Internal Server Error", {}, "server"),
    (502, "Bad Gateway", {}, "server"),
    (504, "Gateway Timeout", {}, "uncertain"),
]


@pytest.mark.parametrize(
    ("status", "description", "parameters", "kind"), ANSWERS, ids=[f"{one[0]} {one[1]}" for one in ANSWERS]
)
def test_an_error_leads_to_its_action(
    status: int, description: str, parameters: dict[str, int], kind: Kind
) -> None:
    body = {"ok": False, "error_code": status, "description": description}
    found = telegram.failure(status, body | ({"parameters": parameters} if parameters else {}))
    assert found.kind == kind
    assert found.passing == (kind in {"flood", "server", "unsent"})
    assert found.retry_after_s == parameters.get("retry_after")
    assert found.migrated_to == str(parameters.get("migrate_to_chat_id", ""))


@pytest.mark.parametrize("parameters", [None, [], {}, {"retry_after": "x"}, {"retry_after": -1}])
def test_a_flood_that_does_not_say_how_long_is_waited_for_a_second(parameters: object) -> None:
    assert telegram.failure(429, {"parameters": parameters}).retry_after_s == 1.0


@pytest.mark.parametrize(("status", "kind"), [(502, "server"), (302, "key"), (400, "ours")])
def test_an_answer_that_is_not_the_bot_apis_is_told_by_its_status(status: int, kind: Kind) -> None:
    assert telegram.failure(status, {}).kind == kind


def refused(cause: Exception) -> requests.ConnectionError:
    return requests.ConnectionError(urllib3.exceptions.MaxRetryError(None, "/bot", cause))  # type: ignore[arg-type]


UNTRUSTED = urllib3.exceptions.SSLError(ssl.SSLCertVerificationError("expired"))
CUT = urllib3.exceptions.SSLError(ssl.SSLError("decryption failed or bad record mac"))
NEVER_CONNECTED = urllib3.exceptions.NewConnectionError(None, "refused")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("exc", "was_not_sent"),
    [
        (requests.ConnectTimeout(), True),
        (refused(NEVER_CONNECTED), True),
        (requests.exceptions.SSLError(urllib3.exceptions.MaxRetryError(None, "", UNTRUSTED)), True),  # type: ignore[arg-type]
        (requests.exceptions.SSLError(urllib3.exceptions.MaxRetryError(None, "", CUT)), False),  # type: ignore[arg-type]
        (requests.exceptions.SSLError(), False),
        (requests.ReadTimeout(), False),
        (requests.ConnectionError(urllib3.exceptions.ProtocolError("cut", ConnectionResetError())), False),
        (requests.exceptions.ChunkedEncodingError(), False),
        (TimeoutError(), False),
        (requests.RequestException(), False),
    ],
)
def test_only_what_never_connected_was_surely_not_sent(exc: Exception, was_not_sent: bool) -> None:
    assert telegram._was_not_sent(exc) is was_not_sent


@pytest.mark.parametrize(("given", "sent"), [("42", 42), ("-1001", -1001), ("@channel", "@channel")])
def test_a_chat_is_named_by_number_or_by_name(given: str, sent: int | str) -> None:
    assert telegram._chat_id(given) == sent


@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b"[" * 100_000])
def test_a_body_that_says_nothing_is_judged_by_its_status(body: bytes) -> None:
    assert telegram._said(502, body) == {}
    with pytest.raises(telegram.TelegramError, match="no JSON object") as found:
        telegram._said(200, body)
    assert found.value.kind == "uncertain"
