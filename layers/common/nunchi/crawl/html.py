"""Pages as trees, parsed by Lexbor within bounds, and their text by paragraphs. Pure."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from nunchi.crawl import rules

# what starts a line of its own; any other tag stands within one
_BLOCKS = """
    address article aside blockquote br caption center dd details div dl dt figcaption figure footer form h1 h2 h3 h4
    h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul
"""
_UNREAD = "-comment button iframe math noscript object script select style svg template textarea"  # no reader's text
_UNCLOSED = "area base br col dd dt embed hr img input li link meta p param source track wbr"
BLOCKS, UNREAD, UNCLOSED = (frozenset(names.split()) for names in (_BLOCKS, _UNREAD, _UNCLOSED))
BREAK = "\x1e"  # marks where a paragraph ends; no page has a use for a record separator

# HTML's own algorithm takes time, and for some elements memory, that grows with depth times tags
MOST_STEPS, MOST_REOPENED = 30_000_000, 1_000_000
MOST_TAGS = 100_000  # twenty times what the largest page that we know has
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_REOPENED = re.compile(
    r"<(/?)(a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)(?=[\s/>])", re.IGNORECASE | re.ASCII
)


def parse(page: bytes) -> LexborHTMLParser:
    """A page's tree, whatever its encoding. Raises `ValueError` for mark-up nested too deep to parse."""
    text = rules.decode(page)
    tags = text.count("<")
    if (
        tags > MOST_TAGS
        or tags * _depth(_REOPENED.findall(text)) > MOST_REOPENED
        or (tags * tags > MOST_STEPS and _is_deep(text))
    ):
        raise ValueError("readable mark-up")
    return LexborHTMLParser(text)


def _is_deep(text: str) -> bool:
    tags = [(end, name.lower()) for end, name in _TAG.findall(text)]
    # inside of a drawing or a formula nothing closes by itself
    closing = frozenset[str]() if {"svg", "math"} & {name for _, name in tags} else UNCLOSED
    return len(tags) * _depth(tag for tag in tags if tag[1] not in closing) > MOST_STEPS


def _depth(tags: Iterable[tuple[str, str]]) -> int:
    """The most elements that can be open at once."""
    open_now: Counter[str] = Counter()
    now = most = 0
    for end, name in tags:
        if not end:
            open_now[name] += 1
            now += 1
            most = max(most, now)
        elif open_now[name]:
            open_now[name] -= 1
            now -= 1
    return most


def lines(element: LexborNode, noise: Sequence[str] = ()) -> list[str]:
    """The text of an element by paragraphs, without what the `noise` selectors find in it.

    Text that stands in the element itself counts; inline mark-up doesn't part a word.
    """
    unwanted = {node.mem_id for node in element.css(",".join(noise))} if noise else set()
    return "".join(_pieces(element, unwanted)).split(BREAK)


def _pieces(element: LexborNode, unwanted: set[int]) -> Iterator[str]:
    """Texts and breaks in their order. A walk without recursion: pages may be nested deep."""
    waiting: list[LexborNode | str | None] = [element.first_child]
    while waiting:
        node = waiting.pop()
        if node is None or isinstance(node, str):
            yield node or ""
            continue
        waiting.append(node.next)
        if node.is_text_node:
            yield node.text_content or ""
        elif node.mem_id in unwanted:
            yield _in_place_of(node)
        elif (tag := node.tag or "") not in UNREAD:
            edge = BREAK if tag in BLOCKS else ""
            yield edge
            waiting += (edge, node.first_child)


def _in_place_of(noise: LexborNode) -> str:
    """A break, except for a bare inline element, which may stand within a word."""
    bare = noise.tag not in BLOCKS and not any(
        child.is_element_node for child in noise.iter(include_text=True)
    )
    return "" if bare else BREAK
