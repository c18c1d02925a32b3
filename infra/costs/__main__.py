"""Prints the table, and writes it into docs/deployment.md."""

from infra.costs import month

if __name__ == "__main__":
    found = month.current()
    month.PAGE.write_text(month.written(month.PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")
    print(found, end="")
