"""The folder that holds the local platform's state."""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.errors import LocalError

LEAST_FREE_BYTES = 1024**3
LOCK = "lock"


def usable(folder: Path) -> Path:
    """Make `folder`, check that it can be written to and that its disk has room; give its real path.

    Raises LocalError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as exc:
        raise LocalError(f"can't write to {folder}: {exc.strerror or exc}") from exc
    _require_room(folder)
    return folder.resolve()


def _require_room(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < LEAST_FREE_BYTES:
        raise LocalError(f"the disk of {folder} is full: {free // 2**20} MiB free, 1024 MiB are needed")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold `folder` for this process alone. The kernel lets go of it when the process dies.

    Raises LocalError when another process holds it.
    """
    with (folder / LOCK).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as exc:
            raise LocalError(f"{folder} is in use by another local platform; stop that one first") from exc
        yield


def emptied(folder: Path) -> Path:
    """An empty folder, whatever was in it. Raises LocalError when another process is using it."""
    with locked(usable(folder)):
        for entry in folder.iterdir():
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            elif entry.name != LOCK:
                entry.unlink()
    return folder


@contextmanager
def temporary_home() -> Iterator[Path]:
    """A home for one run, deleted afterwards. Unlike most temporary folders, every account can pass through
    it, so that PostgreSQL (which never runs as root) keeps its data in it."""
    home = Path(tempfile.mkdtemp(prefix="nunchi-"))
    home.chmod(0o755)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)
