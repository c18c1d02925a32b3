"""Whom a connection to the database trusts."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import certifi
import pytest

from nunchi import database
from nunchi.settings import get_settings


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A file with one authority, which `DATABASE_CA_FILE` names."""
    first, end, _ = Path(certifi.where()).read_text().partition("-----END CERTIFICATE-----\n")
    file = tmp_path / "rds.pem"
    file.write_text(first + end)
    monkeypatch.setenv("DATABASE_CA_FILE", str(file))
    get_settings.cache_clear()
    yield file
    get_settings.cache_clear()


def context(host: str) -> ssl.SSLContext:
    made = database._tls(host)
    assert made
    return made


def test_the_authorities_of_a_file_are_the_only_ones_that_are_trusted(authority: Path) -> None:
    made = context("db.example.com")
    assert len(made.get_ca_certs()) == 1
    assert made.check_hostname
    assert made.verify_mode == ssl.CERT_REQUIRED


def test_a_file_that_is_not_there_is_no_reason_to_trust_anybody_else(authority: Path) -> None:
    authority.unlink()
    with pytest.raises(FileNotFoundError):
        context("db.example.com")


def test_without_a_file_the_systems_authorities_are_trusted() -> None:
    made = context("db.example.com")
    assert made.check_hostname
    assert made.verify_mode == ssl.CERT_REQUIRED


def test_the_own_machine_is_asked_in_plain() -> None:
    assert database._tls("127.0.0.1") is False
