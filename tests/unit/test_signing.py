"""The keys that sign tokens on this machine."""

from pathlib import Path

from infra.local import signing
from nunchi.accounts import keys


def test_keys_are_made_once_and_only_their_owner_reads_them(tmp_path: Path) -> None:
    made = signing.keys(tmp_path)
    assert signing.keys(tmp_path) == made
    assert len(keys.parse(made).signing) == 32
    assert (tmp_path / signing.FILE).stat().st_mode & 0o077 == 0


def test_another_home_has_other_keys(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    assert signing.keys(tmp_path) != signing.keys(other)
