"""Markdown, as people write it on Reddit, as plain text. Pure."""

import re
from html import unescape

from nunchi.crawl import rules

_RULES = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"^\s{0,3}(?:[-*_]\s?){3,}$", ""),  # a line across
        (r"^[\s:-]{3,}$", ""),  # what parts a table's head from its rows
        (r"^\s{0,3}(?:>\s?)+!?", ""),
        (r"^\s{0,3}#{1,6}\s{0,3}", ""),
        (r"^\s{0,12}(?:[-*+]|\d{1,3}[.)])\s+", ""),
        (r"!\[[^\]\[]{0,300}\]\([^()\s]{0,2000}\)", ""),
        (r"\[([^\]\[]{0,300})\]\(([^()\s]|\([^()\s]{0,200}\)){0,2000}\)", r"\1"),
        (r"(\*\*\*|\*\*|\*|~~|`{1,3})(?=\S)(.{1,1000}?)(?<=\S)\1", r"\2"),
        (r">!|!<|^`{3}\w{0,20}$", ""),
        (r"(?<!\w)_{1,3}(?=\S)|(?<=\S)_{1,3}(?!\w)", ""),
        (r"\\([\\`*_{}\[\]()#+.!~>|-])", r"\1"),
    )
)
LONGEST_LINE = 2000  # characters; a longer one is cut into pieces, for the patterns' sake


def plain(text: str) -> str:
    """The words of a text, one paragraph, item or row a line, without marks, pictures and the addresses of links."""
    lines = (rules.clean(_bare(line)) for line in unescape(unescape(text)).splitlines())
    return "\n".join(filter(None, lines))


def _bare(line: str) -> str:
    if line.lstrip().startswith("|"):
        line = line.replace("|", " ")  # a table's row
    pieces = (line[start : start + LONGEST_LINE] for start in range(0, len(line), LONGEST_LINE))
    return "".join(map(_bare_piece, pieces))


def _bare_piece(line: str) -> str:
    for pattern, replacement in _RULES:
        line = pattern.sub(replacement, line)
    return line
