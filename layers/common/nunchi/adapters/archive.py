"""An append-only store for seals: S3 with Object Lock when deployed, a folder locally."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from nunchi.settings import get_settings, required

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@cache
def get_s3() -> "S3Client":
    """The S3 client, built once. It gives up within seconds: a seal has a minute."""
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=3, read_timeout=5, retries={"max_attempts": 2})
    client: S3Client = boto3.client("s3", config=config)
    return client


def _put_s3(base: str, key: str, body: bytes) -> bytes:
    from botocore.exceptions import ClientError

    bucket, path = _place(base, key)
    try:
        # the checksum: Object Lock takes no put without one
        get_s3().put_object(Bucket=bucket, Key=path, Body=body, IfNoneMatch="*", ChecksumAlgorithm="SHA256")
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "PreconditionFailed":
            raise
        kept = _get_s3(base, key)
        if kept is None:
            raise
        return kept
    return body


def _place(base: str, key: str) -> tuple[str, str]:
    """Bucket and path of a key."""
    parts = urlsplit(base)
    return parts.netloc, f"{parts.path.strip('/')}/{key}".lstrip("/")


def _path(base: str, key: str) -> Path:
    return Path(unquote(urlsplit(base).path)) / key


def _put_file(base: str, key: str, body: bytes) -> bytes:
    target = _path(base, key)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(f".{os.getpid()}.draft")
    draft.write_bytes(body)
    try:
        os.link(draft, target)  # never over what is there
    except FileExistsError:
        return target.read_bytes()
    finally:
        draft.unlink()
    return body


def _get_s3(base: str, key: str) -> bytes | None:
    """The oldest version: a lock keeps it, and does not keep others, or a mark of deletion, from being put over it."""
    s3, (bucket, path) = get_s3(), _place(base, key)
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=path)
    versions = [each for page in pages for each in page.get("Versions", []) if each["Key"] == path]
    if not versions:
        return None
    oldest = versions[-1]["VersionId"]  # S3 lists the newest first
    return s3.get_object(Bucket=bucket, Key=path, VersionId=oldest)["Body"].read()


def _get_file(base: str, key: str) -> bytes | None:
    target = _path(base, key)
    return target.read_bytes() if target.exists() else None


PUT: dict[str, Callable[[str, str, bytes], bytes]] = {"s3": _put_s3, "file": _put_file}
GET: dict[str, Callable[[str, str], bytes | None]] = {"s3": _get_s3, "file": _get_file}


def put(key: str, body: bytes) -> bytes:
    """Keeps `body` under `key` for good, or leaves what is there already. Returns what is kept."""
    base = _base()
    return PUT[urlsplit(base).scheme](base, key, body)


def get(key: str) -> bytes | None:
    """What was kept first under `key`, or None."""
    base = _base()
    return GET[urlsplit(base).scheme](base, key)


def _base() -> str:
    return required("seal_store_uri", get_settings().seal_store_uri)
