"""`make run`: the live system, killed and started again, and the commands' clear lines."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import create_engine, insert

from infra.local.folders import temporary_home
from infra.local.platform import ROOT
from infra.local.processes import HOST, free_port
from nunchi.events import ArticleStored
from nunchi.models import Article, OutboxRow, Stock
from tests import factories

DEADLINE_S = 180
KEYS = (
    *("OPENAI_API_KEY", "OPENROUTER_API_KEY", "KIS_APP_KEY", "KIS_APP_SECRET", "CRAWLER_CONTACT"),
    *("NAVER_CLIENT_ID", "REDDIT_CLIENT_ID", "DART_API_KEY"),
)
SERVE = """
import sys; from pathlib import Path; from infra.local import live
live.serve(Path(sys.argv[1]), port=int(sys.argv[2]))
"""


@contextmanager
def served(home: Path, port: int) -> Iterator[tuple[subprocess.Popen[str], list[str]]]:
    """The live system in a process of its own, and what it has said until it serves."""
    # without a contact and without keys, no crawler asks anybody anything
    environment = {name: value for name, value in os.environ.items() if name not in KEYS}
    command = [sys.executable, "-c", SERVE, str(home), str(port)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            said = []
            for line in process.stdout:
                said.append(line.strip())
                if line.startswith("API:"):
                    break
            eventually(lambda: get(port, "/api/health")["status"] == "ok")
            yield process, said
        finally:
            process.kill()


def get(port: int, path: str) -> Any:
    answer = requests.get(f"http://{HOST}:{port}{path}", timeout=5)
    answer.raise_for_status()
    return answer.json()


def eventually(holds: Any) -> None:
    """Polls a fact until it holds, to a hard deadline."""
    end = time.monotonic() + DEADLINE_S
    while True:
        try:
            if holds():
                return
        except requests.RequestException:
            pass
        assert time.monotonic() < end, "it never held"


def leave_unsent(home: Path) -> None:
    """An article whose event is committed, and was never sent."""
    article = factories.article(known_at=factories.NOON)
    given = {column.key: getattr(article, column.key) for column in Article.__table__.columns}
    columns = {name: value for name, value in given.items() if value is not None}
    event = {
        "name": "ArticleStored",
        "queue": "embed",
        "payload": ArticleStored(article_id=article.id).model_dump(mode="json"),
        "correlation_id": "c",
        "created_at": factories.NOON,
        "deadline_at": factories.NOON.replace(year=2100),
        "patience_s": 60,
        "attempts": 1,
    }
    engine = create_engine((home / "address").read_text(), connect_args={"ssl_context": False})
    with engine.begin() as connection:
        connection.execute(
            insert(Stock), {"code": "990010", "name": "다온솔전자", "market": "KOSPI", "active": True}
        )
        connection.execute(insert(Article), columns)
        connection.execute(insert(OutboxRow), event)
    engine.dispose()


def test_unfinished_work_and_state_survive_a_kill() -> None:
    port = free_port()
    with temporary_home() as home:
        with served(home, port) as (process, said):
            sources = "naver, hankyung and maekyung, naver_search, reddit, dart, kis"
            assert f"off, for want of a key: {sources}, telegram, deepseek-v3.2, gpt-4o" in " ".join(said)
            assert get(port, "/api/articles")["items"] == []
            leave_unsent(home)
            process.kill()
            process.wait()
        with served(home, port) as (process, said):
            assert "unfinished events taken up again: 1" in said
            eventually(lambda: get(port, "/api/articles")["items"][0]["story_id"])
            assert [stock["code"] for stock in get(port, "/api/stocks")["items"]] == ["990010"]
            process.send_signal(signal.SIGINT)
            assert process.wait(DEADLINE_S) == 0


@pytest.mark.parametrize("command", ["demo", "run"])
def test_a_port_that_is_taken_is_one_clear_line(command: str) -> None:
    with socket.socket() as taken:
        taken.bind((HOST, 0))
        taken.listen()
        port = taken.getsockname()[1]
        script = "from infra.local.cli import main; main()"
        done = subprocess.run(
            [sys.executable, "-c", script, command, "--port", str(port)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == f"nunchi: port {port} is taken; choose another with PORT={port + 1}\n"
