"""What every error of ours shares. The errors themselves stand beside the code that raises them."""


class NunchiError(Exception):
    """The base of all our errors: a fact, said with the thing's name or id."""


class NotFound(NunchiError):
    """Something that a caller named is not there."""

    def __init__(self, kind: str, key: object) -> None:
        super().__init__(f"no {kind} {key!s}")
        self.kind, self.key = kind, key


class UpstreamError(NunchiError):
    """An outside system failed us. `passing` says whether the same call may succeed later, `kind` what it was.

    `retry_after_s` is how long the system asks us to wait, where it says so.
    """

    def __init__(
        self,
        system: str,
        reason: str,
        *,
        passing: bool,
        kind: str = "upstream",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(f"{system}: {reason}")
        self.system, self.reason, self.passing = system, reason, passing
        self.kind, self.retry_after_s = kind, retry_after_s
