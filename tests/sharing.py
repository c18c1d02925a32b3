"""How pytest-xdist parts the tests among processes."""

from xdist.scheduler.loadfile import LoadFileScheduling

MARKET = "tests/e2e/"


class FilesAndMarket(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """A file stays whole; what looks at the played sample market goes to one process, which plays it once."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return MARKET if file.startswith(MARKET) else file
