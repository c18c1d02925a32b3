"""How pytest-xdist parts the tests among processes."""

from xdist.scheduler.loadfile import LoadFileScheduling

MARKET = "the played market"
SHARE_IT = frozenset(f"tests/e2e/test_{name}.py" for name in ("kill", "look_ahead", "replay", "rerun"))


class FilesAndMarket(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """A file stays whole; what looks at the played sample market goes to one process, which plays it once."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return MARKET if file in SHARE_IT else file
