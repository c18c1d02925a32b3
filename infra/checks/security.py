"""What weakens a deployment: in the templates, the code, the packages and the tree. See docs/operations.md."""

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from infra.checks import scanners
from infra.checks.scanners import Report, ScannerFailed

SCANNERS: tuple[Callable[[], Report], ...] = (
    scanners.checkov,
    scanners.secrets,
    scanners.bandit,
    scanners.vulnerabilities,
)


def run(scanner: Callable[[], Report]) -> Report:
    """A scanner's report; one that ended without any is a finding."""
    try:
        return scanner()
    except ScannerFailed as exc:
        return Report([str(exc)], "did not run")


def main() -> None:
    """Prints each scanner's findings; exits 1 when there is one that is not accepted."""
    with ThreadPoolExecutor(max_workers=2) as pool:
        reports = list(pool.map(run, SCANNERS))
    for scanner, report in zip(SCANNERS, reports, strict=True):
        print(f"{scanner.__name__}: {len(report.findings)} findings ({report.note})")
        print("".join(f"    {line}\n" for line in report.findings), end="")
    sys.exit(any(report.findings for report in reports))


if __name__ == "__main__":
    main()
