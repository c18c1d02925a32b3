"""DART's register of firms: a zip with one large XML file, read as a stream. Pure."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring, iterparse

from nunchi.crawl import rules

LARGEST = 200_000_000  # bytes unpacked; it has about 19 million
LONGEST_ERROR = 10_000  # bytes
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    DefusedXmlException,
    NotImplementedError,
    RuntimeError,
    OSError,
)


class _Bounded(io.RawIOBase):
    """A stream that ends in an error rather than go on for ever."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream, self._left = stream, LARGEST

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        found = self._stream.read(min(size, self._left + 1) if size >= 0 else self._left + 1)
        self._left -= len(found)
        if self._left < 0:
            raise ValueError("a register of usual size")
        return found


def read_register(zipped: bytes) -> Iterator[tuple[str, str]]:
    """(stock code, name) of each firm that is listed, as the file is read. Raises `ValueError` when it can't be.

    In place of the zip DART sends its errors as XML: then their status is named.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(zipped)) as archive, archive.open(_file(archive)) as stream:
            yield from _listed(_Bounded(stream))
    except _BROKEN as exc:
        raise ValueError(_error(zipped)) from exc


def _file(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    found = next((one for one in archive.infolist() if one.filename.lower().endswith(".xml")), None)
    if found is None:
        raise ValueError("CORPCODE.xml in the zip")
    return found


def _listed(stream: IO[bytes] | io.RawIOBase) -> Iterator[tuple[str, str]]:
    root: Element | None = None
    for event, element in iterparse(stream, events=("start", "end")):
        if root is None:
            root = element
        if event == "end" and element.tag == "list":
            code, name = (rules.clean(element.findtext(key) or "") for key in ("stock_code", "corp_name"))
            if name and re.fullmatch(r"[0-9A-Z]{6}", code):
                yield code, name
            root.clear()  # what is read is not needed any more; there are 100,000 of them


def _error(body: bytes) -> str:
    try:
        answer: Element = fromstring(body[:LONGEST_ERROR])
    except (ParseError, DefusedXmlException, ValueError):
        return "a zip"
    status, message = (rules.clean(answer.findtext(key) or "") for key in ("status", "message"))
    return f"a zip (status {status}: {message})"
