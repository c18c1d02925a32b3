"""`nunchi ledger verify`: whatever was changed past the database's own guards is found and named."""

import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from nunchi import database
from nunchi.ledger import rules, service, verify
from nunchi.models import Forecast, Seal
from tests.factories import NOON
from tests.integration.test_ledger import Archive, seal_at, sealed, seals, store

BROKEN = (
    b"",
    b"[1]",
    b"\xff",
    b'"' + b"[" * 100_000,
    b"[" * 100_000,
    b'{"root": 1, "leaves": []}',
    b'{"root": "", "header": {}, "contents": []}',
    b'{"root": "%s", "leaves": ["x"]}' % (b"0" * 64),
    b'{"root": "%s", "header": {"previous_root": "%s"}, "contents": [{"forecast_id": 7}]}'
    % (b"0" * 64, b"0" * 64),
)
GUARDED = ("forecasts", "seals", "answers", "cases")


@pytest.fixture
def kept(environment: dict[str, str]) -> Archive:
    """Four seals: of 3, 1, 2 and 3 forecasts."""
    kept = Archive()
    for n, count in enumerate((3, 1, 2, 3)):
        at = NOON + timedelta(minutes=10 * n)
        store(count, at)
        assert seal_at(at + timedelta(minutes=1), kept.put) == count
    return kept


def tamper(*statements: str, **values: Any) -> None:
    """What the owner of the tables can do."""
    with database.session() as session:
        for table in GUARDED:
            session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        for statement in statements:
            session.execute(text(statement), values)


def found(kept: Archive) -> list[str]:
    return [str(one) for checked in verify.verify(kept.get) for one in checked.findings]


def under(seal: Seal) -> list[Forecast]:
    return sorted((row for row in sealed() if row.seal_id == seal.id), key=lambda row: row.id)


def test_what_nobody_changed_has_no_finding(kept: Archive) -> None:
    pages = list(verify.verify(kept.get))
    assert [str(one) for page in pages for one in page.findings] == []
    assert (sum(page.seals for page in pages), sum(page.forecasts for page in pages)) == (4, 9)


def test_a_ledger_is_read_in_pages(kept: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "FORECASTS", 3)
    assert [(page.seals, page.forecasts) for page in verify.verify(kept.get)] == [
        (1, 3),
        (2, 3),
        (1, 3),
        (0, 0),
    ]
    monkeypatch.setattr(verify, "SEALS", 1)
    tamper("UPDATE seals SET forecasts = 2 WHERE id = :id", id=seals()[3].id)
    assert found(kept) == [f"seal {seals()[3].root}: changed: forecasts: sealed 3, found 2"]


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ("p_up = 0.9", "raw: sealed [0.3, 0.4, 0.3], found [0.3, 0.4, 0.9]"),
        ("shown_down = 0.1", "shown: sealed [0.3, 0.4, 0.3], found [0.1, 0.4, 0.3]"),
        ("calibrator = 'x'", "calibrator: sealed identity, found x"),
        ("expected_move_ratio = 0.2", "expected_move_ratio: sealed None, found 0.2"),
        (
            "created_at = created_at - interval '1 day'",
            "created_at: sealed 2026-10-19T03:10:00+00:00, found 2026-10-18T03:10:00+00:00",
        ),
        (
            "sealed_at = sealed_at - interval '1 day'",
            "sealed_at: sealed 2026-10-19T03:12:00+00:00, found 2026-10-18T03:12:00+00:00",
        ),
        ("sealed_at = NULL", "sealed_at: sealed 2026-10-19T03:12:00+00:00, found None"),
    ],
)
def test_a_changed_forecast_is_named_with_its_field(kept: Archive, change: str, fact: str) -> None:
    (row,) = under(seals()[1])
    tamper(f"UPDATE forecasts SET {change} WHERE id = :id", id=row.id)  # noqa: S608
    assert found(kept) == [f"forecast {row.id} (seal {seals()[1].root}): changed: {fact}"]


def test_a_changed_hash_is_no_way_out(kept: Archive) -> None:
    (row,) = under(seals()[1])
    tamper("UPDATE forecasts SET p_up = 0.9, content_hash = 'abc' WHERE id = :id", id=row.id)
    facts = found(kept)
    assert len(facts) == 2
    assert all(str(row.id) in fact for fact in facts)
    assert "content_hash" in facts[1]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ("UPDATE cases SET as_of = as_of - interval '1 day'", "as_of"),
        ("UPDATE cases SET sigma20_ratio = 0.5", "sigma20_ratio"),
        ("UPDATE cases SET evidence = evidence || '{\"neighbours\": [1]}'", "evidence_sha256"),
        ("UPDATE answers SET rationale = 'I knew it'", "answer_sha256"),
        ("UPDATE answers SET model = 'another'", "model"),
        ("UPDATE answers SET sentiment = 0.5", "answer_sha256"),
        ("UPDATE answers SET impact = 'high'", "answer_sha256"),
        ("UPDATE answers SET urgency = 'high'", "answer_sha256"),
        ("UPDATE answers SET grounded = true", "answer_sha256"),
        ("UPDATE cases SET asked = '[\"prior\"]'", "asked"),
        ("UPDATE cases SET routine = 'a listing'", "routine"),
    ],
)
def test_what_lies_behind_a_forecast_is_named_on_each_that_stands_on_it(
    kept: Archive, change: str, field: str
) -> None:
    tamper(change)
    facts = found(kept)
    assert len(facts) == 9
    assert all(f": changed: {field}: sealed " in fact for fact in facts)
    assert {fact.split()[1] for fact in facts} == {str(row.id) for row in sealed()}


def test_a_removed_forecast_is_named(kept: Archive) -> None:
    row = under(seals()[0])[1]
    tamper("DELETE FROM forecasts WHERE id = :id", id=row.id)
    assert found(kept) == [f"forecast {row.id} (seal {seals()[0].root}): removed"]


def test_a_forecast_under_another_seal_is_named(kept: Archive) -> None:
    row, other = under(seals()[0])[1], seals()[1]
    tamper("UPDATE forecasts SET seal_id = :other WHERE id = :id", id=row.id, other=other.id)
    facts = found(kept)
    assert facts[0] == f"forecast {row.id} (seal {seals()[0].root}): moved: found under {other.root}"
    assert facts[1] == f"forecast {row.id} (seal {other.root}): inserted: the archive's seal does not have it"


def test_an_inserted_forecast_is_named_whether_it_claims_a_seal_or_a_time_alone(kept: Archive) -> None:
    columns = "answer_id, case_id, arm, p_down, p_flat, p_up, shown_down, shown_flat, shown_up, calibrator,"
    columns += "created_at, sealed_at, content_hash"
    (row,), made, lone = under(seals()[1]), uuid4(), uuid4()
    copy = f"INSERT INTO forecasts (id, horizon_sessions, seal_id, {columns}) SELECT"
    tamper(
        f"{copy} CAST(:made AS uuid), 3, seal_id, {columns} FROM forecasts WHERE id = :id",
        f"{copy} CAST(:lone AS uuid), 5, NULL, {columns} FROM forecasts WHERE id = :id",
        id=row.id,
        made=made,
        lone=lone,
    )
    assert found(kept) == [
        f"forecast {made} (seal {seals()[1].root}): inserted: the archive's seal does not have it",
        f"forecast {lone} (seal none): inserted: it claims a seal and lies under none",
    ]


def test_a_removed_seal_is_named_with_its_forecasts(kept: Archive) -> None:
    gone, rows = seals()[2], under(seals()[2])
    tamper("DELETE FROM forecasts WHERE seal_id = :id", "DELETE FROM seals WHERE id = :id", id=gone.id)
    assert found(kept) == [
        f"seal {gone.root}: removed: the archive has it, with 2 forecasts",
        *(f"forecast {row.id} (seal {gone.root}): its seal was removed" for row in rows),
    ]


def test_the_last_seals_are_missed_too(kept: Archive) -> None:
    gone = seals()[2:]
    tamper("DELETE FROM forecasts WHERE seal_id >= :id", "DELETE FROM seals WHERE id >= :id", id=gone[0].id)
    assert [fact for fact in found(kept) if fact.startswith("seal")] == [
        f"seal {gone[0].root}: removed: the archive has it, with 2 forecasts",
        f"seal {gone[1].root}: removed: the archive has it, with 3 forecasts",
    ]


def test_a_seal_that_the_archive_does_not_have_is_named(kept: Archive) -> None:
    tamper("INSERT INTO seals (root, previous_root, forecasts, sealed_at) VALUES ('made', 'up', 0, now())")
    assert found(kept) == ["seal made: inserted: the archive has no seal in its place"]


def test_seals_in_another_order_are_named(kept: Archive) -> None:
    one, two = seals()[1], seals()[2]
    tamper(
        "ALTER TABLE forecasts DROP CONSTRAINT fk_forecasts_seal_id",
        "UPDATE seals SET id = 1000 WHERE id = :one",
        "UPDATE seals SET id = :one WHERE id = :two",
        "UPDATE seals SET id = :two WHERE id = 1000",
        "UPDATE forecasts SET seal_id = CASE seal_id WHEN :one THEN CAST(:two AS int) ELSE :one END"
        " WHERE seal_id IN (:one, :two)",
        one=one.id,
        two=two.id,
    )
    assert found(kept) == [f"seal {one.root}: reordered: the database has it in a later place"]


@pytest.mark.parametrize("back", ["1 second", "1 day"])
def test_a_back_dated_seal_is_named(kept: Archive, back: str) -> None:
    one = seals()[1]
    earlier = f"SET sealed_at = sealed_at - interval '{back}'"
    tamper(
        f"UPDATE seals {earlier} WHERE id = :id",
        f"UPDATE forecasts {earlier} WHERE seal_id = :id",
        id=one.id,
    )
    facts = found(kept)
    assert len(facts) == 2
    assert facts[0].startswith(f"seal {one.root}: back-dated: sealed at 2026-10-19T03:12:00+00:00, found ")
    assert facts[1].startswith(
        f"seal {one.root}: changed: sealed_at: sealed 2026-10-19T03:12:00+00:00, found "
    )


def test_a_seal_dated_later_is_named_by_the_next_one(kept: Archive) -> None:
    """It would enter at another price."""
    one = seals()[1]
    later = "SET sealed_at = sealed_at + interval '4 hours'"
    tamper(f"UPDATE seals {later} WHERE id = :id", f"UPDATE forecasts {later} WHERE seal_id = :id", id=one.id)
    (fact,) = found(kept)
    assert fact.startswith(f"seal {one.root}: changed: sealed_at: sealed 2026-10-19T03:12:00+00:00, found ")


def rewritten(kept: Archive, place: int, change: Any) -> None:
    """Changes a statement where the archive keeps it."""
    key = f"{seals()[place].previous_root}.json"
    statement = json.loads(kept[key])
    change(statement)
    kept[key] = rules.canonical(statement)


def test_what_was_changed_in_the_archive_itself_is_named(kept: Archive) -> None:
    rewritten(kept, 0, lambda statement: statement["contents"].reverse())
    facts = found(kept)
    assert (
        facts[0] == f"seal {seals()[0].root}: in the archive, the header's tree is not that of its forecasts"
    )
    assert (
        facts[1] == f"seal {seals()[0].root}: in the archive, its forecasts are not in the order of their ids"
    )


@pytest.mark.usefixtures("no_collection")
def test_a_statement_that_can_not_be_read_is_named(kept: Archive) -> None:
    for body in BROKEN:
        kept[f"{seals()[1].previous_root}.json"] = body
        assert found(kept) == [f"seal {seals()[1].root}: in the archive, what is in its place can't be read"]


def test_a_statement_with_hashes_of_its_own_is_hashed_again(kept: Archive) -> None:
    def forge(statement: dict[str, Any]) -> None:
        statement["leaves"] = [rules.content_hash(one) for one in statement["contents"]]
        statement["contents"][0]["raw"] = [0.0, 0.0, 1.0]

    rewritten(kept, 0, forge)
    facts = found(kept)
    assert (
        facts[0] == f"seal {seals()[0].root}: in the archive, the header's tree is not that of its forecasts"
    )
    assert "raw: sealed [0.0, 0.0, 1.0], found [0.3, 0.4, 0.3]" in facts[1]


def test_an_archive_that_leads_back_to_itself_is_left(kept: Archive) -> None:
    first = seals()[0].root
    rewritten(kept, 2, lambda statement: statement.update(root=first))
    tamper("DELETE FROM forecasts", "DELETE FROM seals")
    assert sum("removed: the archive has it" in fact for fact in found(kept)) == 2


def test_a_seal_that_is_under_way_is_no_finding(kept: Archive) -> None:
    def die(key: str, body: bytes) -> bytes:
        kept.put(key, body)
        raise RuntimeError

    store(1, NOON + timedelta(hours=1))
    with pytest.raises(RuntimeError):
        seal_at(NOON + timedelta(hours=1, minutes=1), die)
    assert found(kept) == []


def test_a_seal_of_another_format_is_named_and_its_fields_are_not_held_against_rows(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = Archive()
    store(2)
    with monkeypatch.context() as before:
        before.setattr(rules, "FORMAT", 2)
        before.setattr(service, "contents", lambda rows: ({"forecast_id": str(row[0].id)} for row in rows))
        seal_at(NOON + timedelta(minutes=1), archive.put)
    (one,) = seals()
    assert found(archive) == [f"seal {one.root}: in the archive, the format is 2, and 3 is what is read here"]
