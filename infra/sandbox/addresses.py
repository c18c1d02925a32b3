"""Where the sample's pages are in the world: their canonical public addresses, which no stand-in's own host is in."""

from infra.sandbox.entities import Article, Disclosure, Post

OUTLETS = ("maekyung", "hankyung", "naver")
# the presses that Naver carries, by its number for their office; all invented
PRESSES = {"901": "새벽일보", "902": "가람경제", "903": "너른뉴스", "904": "미리내통신"}


def key(article: Article) -> str:
    """What tells an article from the others of its outlet: the last part of its address, for Naver the last two."""
    if article.outlet == "hankyung":
        return f"{article.published_at:%Y%m%d}{article.no % 100_000:05d}"
    if article.outlet == "naver":
        return f"{office(article)}/{article.no:010d}"
    return str(article.no)


def office(article: Article) -> str:
    """Naver's number for the press that wrote an article."""
    return list(PRESSES)[article.no % len(PRESSES)]


_FOLDERS = {
    "maekyung": "https://www.mk.co.kr/news/stock/",
    "hankyung": "https://www.hankyung.com/article/",
    "naver": "https://n.news.naver.com/mnews/article/",
}


def address(article: Article) -> str:
    """An article's canonical address."""
    return _FOLDERS[article.outlet] + key(article)


def disclosure_address(disclosure: Disclosure) -> str:
    """Where readers see a disclosure."""
    return f"https://dart.fss.or.kr/dsaf001/main.do?rcpNo={disclosure.receipt_no}"


def post_path(post: Post) -> str:
    """A post's path on Reddit, with the title in it as there."""
    words = "".join(char if char.isascii() and char.isalnum() else " " for char in post.title.lower())
    return f"/r/{post.subreddit}/comments/{post.id}/{'_'.join(words.split())[:50].strip('_')}/"
