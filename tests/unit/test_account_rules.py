"""What accounts may be called, which passwords will do, what keys may sign with, and what problems say."""

import json
import secrets
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.messages import FIELDS, PROBLEMS, language_of
from api.problems import BY_STATUS
from nunchi.accounts import keys, limits, rules, tokens
from nunchi.accounts.rules import BadToken, Role, Unfit
from tests.factories import NOON

STRONG = secrets.token_urlsafe(32)


def ring(current: str = "new", **more: str) -> keys.KeyRing:
    return keys.parse(json.dumps({"current": current, "keys": more or {"new": STRONG}}))


# --- names and passwords


@pytest.mark.parametrize(
    "typed", ["minji@example.com", " MinJi@Example.COM ", "a+b@sub.example.co.kr", f"{'a' * 64}@example.com"]
)
def test_an_address_is_stored_in_lower_case(typed: str) -> None:
    assert rules.normalised_email(typed) == typed.strip().lower()


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "minji",
        "minji@",
        "@example.com",
        "a b@example.com",
        "minji@example",
        "a@-x.com",
        "a@b..com",
        f"{'a' * 65}@example.com",
        f"a@{'b' * 250}.com",
        "a@example.com\x00",
        "İ@example.com",
        "a@exämple.com",
    ],
)
def test_what_is_no_ascii_address_is_refused(typed: str) -> None:
    with pytest.raises(Unfit, match="email_invalid"):
        rules.normalised_email(typed)


@given(st.text(max_size=80))
def test_whatever_passes_as_an_address_is_ascii_and_stays_as_it_is(typed: str) -> None:
    try:
        email = rules.normalised_email(typed)
    except Unfit:
        return
    assert email.isascii()
    assert rules.normalised_email(email) == email


@given(st.text(max_size=30))
def test_whatever_passes_as_a_nickname_has_one_key(typed: str) -> None:
    try:
        shown, key = rules.nickname_of(typed)
    except Unfit:
        return
    assert rules.nickname_of(key)[1] == key
    assert rules.nickname_of(shown.upper())[1] == key


def test_a_password_has_8_to_128_characters_whatever_their_bytes() -> None:
    for fits in ("abcdefg1", "가나다라마바사아", "a1b2" * 32, "가나다라" * 32):
        assert rules.new_password(fits, email="minji@example.com", nickname="민지") == fits
    for typed, reason in (("abcdef1", "password_short"), ("a1b2" * 32 + "c", "password_long")):
        with pytest.raises(Unfit, match=reason):
            rules.new_password(typed, email="minji@example.com", nickname="민지")


@given(st.text(max_size=200))
def test_a_password_that_passes_is_normalised_once_and_for_all(typed: str) -> None:
    try:
        fit = rules.new_password(typed, email="minji@example.com", nickname="민지")
    except Unfit:
        return
    assert rules.normalised_password(fit) == fit == rules.normalised_password(typed)


def test_roles_include_those_before_them() -> None:
    assert [[a.includes(b) for b in Role] for a in Role] == [
        [True, False, False],
        [True, True, False],
        [True, True, True],
    ]


# --- tokens and keys


def test_an_old_key_verifies_and_the_new_one_signs() -> None:
    old = secrets.token_urlsafe(32)
    claims = rules.claims_of(uuid4(), uuid4(), Role.USER, uuid4(), NOON)
    token = tokens.issue(ring("old", old=old), claims)
    rotated = ring("new", old=old, new=STRONG)
    assert tokens.read(rotated, token, NOON).user_id == UUID(claims["sub"])
    with pytest.raises(BadToken):
        tokens.read(ring("new", new=STRONG), token, NOON)
    with pytest.raises(BadToken):
        tokens.read(ring("new", new=old[::-1], old=STRONG), token, NOON)


@given(st.integers(-3600, 3600))
def test_a_token_holds_from_its_issue_to_its_end(seconds: int) -> None:
    claims = rules.claims_of(uuid4(), uuid4(), Role.USER, uuid4(), NOON)
    then = NOON + timedelta(seconds=seconds)
    if -30 <= seconds < 900:
        assert rules.checked_claims(claims, then).role is Role.USER
    else:
        with pytest.raises(BadToken):
            rules.checked_claims(claims, then)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not of the form"),
        ("[]", "not of the form"),
        ('{"current": "a", "keys": {"a": 1}}', "not of the form"),
        (json.dumps({"current": "b", "keys": {"a": STRONG}}), "not among the keys"),
        (json.dumps({"current": "a/../b", "keys": {"a/../b": STRONG}}), "other characters"),
        (json.dumps({"current": "a", "keys": {"a": secrets.token_urlsafe(31)}}), "shorter than 32 bytes"),
        (json.dumps({"current": "a", "keys": {"a": "A" * 64}}), "default or not random"),
        (json.dumps({"current": "a", "keys": {"a": "changeme" + STRONG + "A"}}), "default or not random"),
        (json.dumps({"current": "a", "keys": {"a": "!" * 64}}), "not base64url"),
    ],
    ids=["nothing", "a list", "a number", "missing", "a path", "short", "one letter", "default", "marks"],
)
def test_bad_keys_are_refused_and_not_repeated(text: str, reason: str) -> None:
    with pytest.raises(keys.BadKeys, match=reason) as refused:
        keys.parse(text)
    assert STRONG not in str(refused.value)


def test_keys_are_not_shown() -> None:
    assert STRONG not in repr(ring())


def test_a_csrf_token_holds_for_its_login_and_key() -> None:
    family, key = uuid4(), secrets.token_bytes(32)
    token = rules.csrf_token(key, family, "nonce")
    assert rules.csrf_holds(key, family, token)
    assert not rules.csrf_holds(key, uuid4(), token)
    assert not rules.csrf_holds(secrets.token_bytes(32), family, token)
    assert not rules.csrf_holds(key, family, "other" + token)
    assert not rules.csrf_holds(key, family, "")


# --- limits and messages


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("testclient", "unknown"),
        ("", "unknown"),
    ],
)
def test_an_address_is_limited_by_its_network(address: str, network: str) -> None:
    assert limits.network(address) == network


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("ko", "ko"),
        ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", "ko"),
        ("en-US,en;q=0.9,ko;q=0.8", "en"),
        ("en;q=0.1, ko;q=0.5", "ko"),
        ("fr, *;q=0.5", "en"),
        ("ko;q=0", "en"),
        ("ko, en", "ko"),
        ("ko;q=x", "en"),
        ("k" * 5000, "en"),
    ],
)
def test_the_language_is_the_preferred_one(header: str, language: str) -> None:
    assert language_of(header) == language


def test_every_message_is_there_in_both_languages_with_the_same_places() -> None:
    for message in (*PROBLEMS.values(), *FIELDS.values()):
        assert message.en
        assert any("가" <= letter <= "힣" for letter in message.ko)
        assert message.en.count("{") == message.ko.count("{")
    assert set(BY_STATUS.values()) <= set(PROBLEMS)
