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

    parts = urlsplit(base)
    bucket, path = parts.netloc, f"{parts.path.strip('/')}/{key}".lstrip("/")
    try:
        # the checksum: Object Lock takes no put without one
        get_s3().put_object(Bucket=bucket, Key=path, Body=body, IfNoneMatch="*", ChecksumAlgorithm="SHA256")
    except ClientError as exc:
        if exc.response["Error"]["Code"] != "PreconditionFailed":
            raise
        return get_s3().get_object(Bucket=bucket, Key=path)["Body"].read()
    return body


def _put_file(base: str, key: str, body: bytes) -> bytes:
    target = Path(unquote(urlsplit(base).path)) / key
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


STORES: dict[str, Callable[[str, str, bytes], bytes]] = {"s3": _put_s3, "file": _put_file}


def put(key: str, body: bytes) -> bytes:
    """Keeps `body` under `key` for good, or leaves what is there already. Returns what is kept."""
    base = required("seal_store_uri", get_settings().seal_store_uri)
    return STORES[urlsplit(base).scheme](base, key, body)
