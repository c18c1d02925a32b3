"""What is kept of a run: the functions' metrics, and with a failed one everything that was logged."""

import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

METRICS = "metrics.json"


def metrics(logs: Path) -> dict[str, float]:
    """The sums of all metrics that functions wrote in the embedded metric format, by name and dimensions."""
    sums = defaultdict[str, float](float)
    for log in sorted(logs.glob("*.log")):
        for record in _records(log):
            for directive in record["_aws"]["CloudWatchMetrics"]:
                _add(sums, record, directive)
    return dict(sorted(sums.items()))


def _records(log: Path) -> Iterator[dict[str, Any]]:
    for line in log.read_text(errors="replace").splitlines():
        if '"_aws"' in line:
            try:
                yield json.loads(line)
            except ValueError:  # a process that was killed wrote half of it
                continue


def _add(sums: dict[str, float], record: dict[str, Any], directive: dict[str, Any]) -> None:
    dimensions = " ".join(f"{name}={record[name]}" for name in sorted(directive["Dimensions"][0]))
    for metric in directive["Metrics"]:
        values = record[metric["Name"]]
        sums[f"{metric['Name']} {dimensions}"] += sum(values) if isinstance(values, list) else values


def keep_metrics(logs: Path, home: Path) -> Path:
    """Writes the metrics into a folder."""
    file = home / METRICS
    file.write_text(json.dumps(metrics(logs), indent=1))
    return file
