"""Child processes that serve the local platform and never outlive it."""

import ctypes
import itertools
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from infra.local.errors import LocalError

HOST = "127.0.0.1"
POLL_S = 0.02
PR_SET_PDEATHSIG = 1

# Below the range from which Linux takes the ports of outgoing connections, so that none of those can take a
# port between the moment it was found free and the moment its server binds it.
_FIRST_PORT, _PORTS = 20_000, 12_000
_ports = itertools.count(secrets.randbelow(_PORTS))
_libc = ctypes.CDLL(None)


@dataclass(frozen=True)
class Account:
    """The system account that a child runs as."""

    uid: int
    gid: int


@dataclass(frozen=True)
class Child:
    """A started process: its service's name, its log and the signal that asks it to stop."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    stop_signal: signal.Signals

    def wait_until(self, ready: Callable[[], bool], deadline_s: float = 60.0) -> None:
        """Poll `ready` until it is true. Raises LocalError when the process ends or the time is over."""
        end = time.monotonic() + deadline_s
        while not ready():
            self._require_alive()
            if time.monotonic() > end:
                raise LocalError(f"{self.name} wasn't ready within {deadline_s:g} s{self._last_lines()}")
            time.sleep(POLL_S)
        self._require_alive()  # someone else may have answered on the port

    def wait_for_end(self, deadline_s: float = 60.0) -> None:
        """Wait until the process ends by itself. Raises LocalError when it fails or the time is over."""
        try:
            code = self.process.wait(deadline_s)
        except subprocess.TimeoutExpired as exc:
            raise LocalError(f"{self.name} didn't end within {deadline_s:g} s{self._last_lines()}") from exc
        if code != 0:
            raise LocalError(f"{self.name} failed with code {code}{self._last_lines()}")

    def stop(self, grace_s: float = 10.0) -> None:
        """Ask the process to stop, and kill its whole group when it is still there after the grace period."""
        try:
            if self.process.poll() is None:
                self.process.send_signal(self.stop_signal)
                self.process.wait(grace_s)
        except subprocess.TimeoutExpired:
            pass
        finally:
            self._kill()

    def _kill(self) -> None:
        if self.process.returncode is None:  # else its number may be another's by now
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def _require_alive(self) -> None:
        code = self.process.poll()
        if code is not None:
            raise LocalError(f"{self.name} ended with code {code} while starting{self._last_lines()}")

    def _last_lines(self, count: int = 10) -> str:
        lines = self.log.read_text(errors="replace").splitlines()[-count:]
        return "".join(f"\n  {line}" for line in lines)


@dataclass(frozen=True)
class Starting:
    """A store whose process was started and may not answer yet."""

    url: str
    child: Child
    probe: Callable[[], bool]

    def ready(self) -> str:
        """Wait until the store answers and give its URL. Raises LocalError."""
        self.child.wait_until(self.probe)
        return self.url


@contextmanager
def running(
    name: str,
    command: Sequence[str | Path],
    log: Path,
    *,
    stop_signal: signal.Signals = signal.SIGTERM,
    death_signal: signal.Signals = signal.SIGKILL,
    env: Mapping[str, str] | None = None,
    account: Account | None = None,
) -> Iterator[Child]:
    """Run `command` with its output in `log` for as long as the context lasts.

    The child gets a session of its own, so Ctrl-C in the terminal reaches only the parent, which then stops
    its children in order. On Linux the child gets `death_signal` when the thread that started it ends, even
    by kill -9: so enter the context in a thread that lives as long (the main thread). Raises LocalError.
    """
    child = Child(name, _start(name, command, log, death_signal, env, account), log, stop_signal)
    try:
        yield child
    finally:
        child.stop()


def _start(
    name: str,
    command: Sequence[str | Path],
    log: Path,
    death_signal: signal.Signals,
    env: Mapping[str, str] | None,
    account: Account | None,
) -> subprocess.Popen[bytes]:
    try:
        with log.open("wb") as output:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",  # a child running as another account may not be allowed into ours
                env=env,
                start_new_session=True,
                preexec_fn=_die_with(os.getpid(), death_signal),
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )
    except OSError as exc:
        raise LocalError(f"can't start {name} ({command[0]}): {exc.strerror or exc}") from exc


def _die_with(parent: int, death_signal: signal.Signals) -> Callable[[], None]:
    """Give the function that a child runs between fork and exec.

    `subprocess` calls it after the change of account, which would have cleared the death signal.
    """

    def prepare() -> None:
        # A shell that runs us in the background ignores SIGINT, and that would be inherited.
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        if sys.platform == "linux":
            _libc.prctl(PR_SET_PDEATHSIG, int(death_signal))
            if os.getppid() != parent:  # it died before the line above
                os._exit(1)

    return prepare


def free_port() -> int:
    """A port on 127.0.0.1 that nothing listens on, never the same twice in a process."""
    for offset in itertools.islice(_ports, _PORTS):
        port = _FIRST_PORT + offset % _PORTS
        if _can_bind(port):
            return port
    raise LocalError(f"no free port between {_FIRST_PORT} and {_FIRST_PORT + _PORTS}")


def _can_bind(port: int) -> bool:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except OSError:
            return False
        return True


def accepts_connections(port: int) -> bool:
    """Whether something listens on the port of 127.0.0.1."""
    try:
        with socket.create_connection((HOST, port), timeout=1):
            return True
    except OSError:
        return False
