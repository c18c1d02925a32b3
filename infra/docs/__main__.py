"""Writes docs/data.md's diagrams anew."""

from infra.docs import entities

if __name__ == "__main__":
    page = entities.PAGE.read_text(encoding="utf-8")
    entities.PAGE.write_text(entities.written(page), encoding="utf-8")
