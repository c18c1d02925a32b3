"""An append-only store for seals: S3 with Object Lock when deployed, a folder locally."""

import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from nunchi.settings import get_settings, required

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


@cache
def get_s3() -> "S3Client":
    """The S3 client, built once."""
    import boto3

    client: S3Client = boto3.client("s3")
    return client


def _put_s3(base: str, key: str, body: bytes) -> None:
    from botocore.exceptions import ClientError

    parts = urlsplit(base)
    path = f"{parts.path.strip('/')}/{key}".lstrip("/")
    try:
        # ChecksumAlgorithm: Object Lock takes no put without one
        get_s3().put_object(
            Bucket=parts.netloc, Key=path, Body=body, IfNoneMatch="*", ChecksumAlgorithm="SHA256"
        )
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "PreconditionFailed":
            raise


def _put_file(base: str, key: str, body: bytes) -> None:
    target = Path(urlsplit(base).path) / key
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(f".{os.getpid()}.draft")
    draft.write_bytes(body)
    try:
        os.link(draft, target)  # never over what is there
    except FileExistsError:
        return
    finally:
        draft.unlink()


STORES: dict[str, Callable[[str, str, bytes], None]] = {"s3": _put_s3, "file": _put_file}


def put(key: str, body: bytes) -> None:
    """Keeps `body` under `key` for good; a key that is there already stays as it is."""
    base = required("seal_store_uri", get_settings().seal_store_uri)
    STORES[urlsplit(base).scheme](base, key, body)
