"""How KIS fails us. No error quotes what was sent or received: it could be a key, a token or anybody's text."""

from nunchi.errors import UpstreamError

SYSTEM = "KIS"


class Failed(UpstreamError):
    """A call that failed: `code` is KIS's own, or what is known where it gives none.

    `soon` says whether the same call may succeed within seconds, `retry_after_s` when, if KIS says so.
    """

    def __init__(
        self, endpoint: str, code: str, *, passing: bool, soon: bool, retry_after_s: float | None = None
    ) -> None:
        super().__init__(SYSTEM, f"{endpoint}: {code}", passing=passing)
        self.endpoint, self.code, self.soon, self.retry_after_s = endpoint, code, soon, retry_after_s


class UnexpectedBody(UpstreamError):
    """An answer that says that a call succeeded, and is not in the shape that we know: `field` is where."""

    def __init__(self, endpoint: str, field: str, fact: str) -> None:
        super().__init__(SYSTEM, f"{endpoint}: {field} {fact}", passing=False)
        self.endpoint, self.field = endpoint, field


class NotOnPaper(UpstreamError):
    """Paper trading has no such call; it was not sent."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(SYSTEM, f"{endpoint} is off in paper trading", passing=False)
        self.endpoint = endpoint
