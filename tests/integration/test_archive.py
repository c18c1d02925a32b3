"""Where seals are kept for good: nothing is ever written over, in a folder or in S3."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from nunchi.adapters import archive
from nunchi.settings import Missing, get_settings

KEY = "2026/10/19/0312.json"
Kept = Callable[[str], bytes | None]


def point_at(uri: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEAL_STORE_URI", uri)
    get_settings.cache_clear()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose name a URI has to escape."""
    home = tmp_path / "seals of 2026 #1"
    point_at(home.as_uri(), monkeypatch)
    yield home
    get_settings.cache_clear()


@pytest.fixture
def bucket(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    name = f"seals-{uuid4().hex}"
    where = {"LocationConstraint": environment["AWS_REGION"]}
    archive.get_s3().create_bucket(Bucket=name, CreateBucketConfiguration=where)  # type: ignore[arg-type]
    point_at(f"s3://{name}/dev/seals", monkeypatch)
    return name


@pytest.fixture(params=["file", "s3"])
def kept(request: pytest.FixtureRequest) -> Kept:
    """What a store holds below a key, read past the adapter."""
    if request.param == "file":
        home: Path = request.getfixturevalue("folder")
        return lambda key: (home / key).read_bytes() if (home / key).exists() else None
    name: str = request.getfixturevalue("bucket")

    def read(key: str) -> bytes | None:
        try:
            return archive.get_s3().get_object(Bucket=name, Key=f"dev/seals/{key}")["Body"].read()
        except ClientError:
            return None

    return read


def test_what_is_put_is_kept(kept: Kept) -> None:
    assert kept(KEY) is None
    assert archive.put(KEY, b"first") == b"first"
    assert kept(KEY) == b"first"


def test_what_is_kept_is_given_and_what_is_not_is_none(kept: Kept) -> None:
    assert archive.get(KEY) is None
    archive.put(KEY, b"first")
    assert archive.get(KEY) == b"first"
    assert archive.get(KEY.replace("0312", "0313")) is None


def test_a_second_put_leaves_the_first_and_is_told_so(kept: Kept) -> None:
    archive.put(KEY, b"first")
    assert archive.put(KEY, b"second") == b"first"
    assert kept(KEY) == b"first"


def test_the_same_put_again_changes_nothing(kept: Kept) -> None:
    assert [archive.put(KEY, b"first") for _ in range(2)] == [b"first"] * 2
    assert kept(KEY) == b"first"


def test_keys_are_kept_apart(kept: Kept) -> None:
    other = KEY.replace("0312", "0313")
    archive.put(KEY, b"one")
    assert archive.put(other, b"other") == b"other"
    assert (kept(KEY), kept(other)) == (b"one", b"other")


def test_a_folder_holds_nothing_but_what_was_put(folder: Path) -> None:
    archive.put(KEY, b"first")
    archive.put(KEY, b"second")
    assert [path for path in folder.rglob("*") if path.is_file()] == [folder / KEY]


def test_a_bucket_that_is_not_there_is_an_error(bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    point_at(f"s3://{bucket}-gone/seals", monkeypatch)
    with pytest.raises(ClientError, match="NoSuchBucket"):
        archive.put(KEY, b"first")


def test_a_bucket_asks_for_a_checksum(bucket: str) -> None:
    archive.put(KEY, b"first")
    head = archive.get_s3().head_object(Bucket=bucket, Key=f"dev/seals/{KEY}", ChecksumMode="ENABLED")
    assert head["ChecksumSHA256"]


def test_a_store_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    point_at("", monkeypatch)
    with pytest.raises(Missing, match="SEAL_STORE_URI is not set"):
        archive.put(KEY, b"first")
    get_settings.cache_clear()


def test_of_a_key_that_was_written_over_or_marked_as_deleted_the_first_version_counts(bucket: str) -> None:
    s3, path = archive.get_s3(), f"dev/seals/{KEY}"
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    archive.put(KEY, b"first")
    s3.put_object(Bucket=bucket, Key=path, Body=b"second")
    assert archive.get(KEY) == b"first"
    assert archive.put(KEY, b"third") == b"first"
    s3.delete_object(Bucket=bucket, Key=path)
    assert archive.get(KEY) == b"first"
