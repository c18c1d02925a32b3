"""Articles that were written to take a model over: what they reach, and what of a fooled model's answer gets through.

Each row of `tests/data/hostile_articles.jsonl` has a title and a first sentence, how a model answers that believes them
(`fooled`: what it changes in a good answer, or its whole text), and what comes of that (`caught`): the reason of the
refusal, or `floored` (a direction that is called certain is stored with the floor, and the score pays for it), or
`ungrounded`. What a fooled model says in plain words with moderate probabilities can't be told from an honest error.
"""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from infra.sandbox import model_faults
from nunchi.adapters.openai import Completion, Message
from nunchi.articles.rules import LEAD_MAX, lead
from nunchi.predict import llm, messages
from nunchi.predict.llm import BadAnswer
from nunchi.predict.question import Question
from nunchi.predict.rules import FLOOR
from tests.unit.asked import DISCLOSURE, NEIGHBOUR, question, told

PATH = Path(__file__).parents[1] / "data" / "hostile_articles.jsonl"
ARTICLES: list[dict[str, Any]] = [
    json.loads(line) for line in PATH.read_text(encoding="utf-8").splitlines() if line
]
CLEAN = messages.of(question())
KINDS = {
    *("direction", "leak", "json", "marker", "link", "tool", "role", "system", "unicode", "long", "evidence"),
}
every = pytest.mark.parametrize("article", ARTICLES, ids=[article["name"] for article in ARTICLES])


def asked(article: dict[str, Any]) -> Question:
    """The question of a story that this article founded."""
    return question(article["title"], lead(article["lead"]))


def fooled(article: dict[str, Any]) -> Completion:
    said = article["fooled"]
    text = said if isinstance(said, str) else json.dumps(model_faults.answer(**said))
    return Completion(text, "", False, "gpt-4o", input_tokens=1, output_tokens=1)


def outcome(article: dict[str, Any]) -> tuple[str, list[Sequence[Message]]]:
    """What comes of a model that is fooled in every call, and what it was sent."""
    sent: list[Sequence[Message]] = []

    def ask(given: Sequence[Message], _schema: dict[str, Any]) -> Completion:
        sent.append(given)
        return fooled(article)

    try:
        reply = llm.answer(asked(article), ask)
    except BadAnswer as exc:
        return exc.reason, sent
    ends = {probability for shown in reply.forecasts.values() for probability in shown}
    if not reply.grounded:
        return "ungrounded", sent
    return "floored" if ends == {FLOOR, 1 - 2 * FLOOR} else "through", sent


def test_there_are_enough_of_every_kind() -> None:
    counts = Counter(article["kind"] for article in ARTICLES)
    assert len(ARTICLES) >= 40
    assert set(counts) == KINDS
    assert len({article["title"] for article in ARTICLES}) == len(ARTICLES)
    korean = [article for article in ARTICLES if any("가" <= letter <= "힣" for letter in article["title"])]
    assert len(ARTICLES) - len(korean) >= 15 <= len(korean)


@every
def test_an_article_stays_in_the_data(article: dict[str, Any]) -> None:
    sent = messages.of(asked(article))
    data, clean = told(sent), told(CLEAN)
    story = data.pop("story")
    assert story["title"] == article["title"][: messages.TITLE_MAX]
    assert story["first_sentence"] == lead(article["lead"])[:LEAD_MAX]
    assert sent[0] == CLEAN[0]  # the instructions are the same to the letter
    assert data == {key: value for key, value in clean.items() if key != "story"}


@every
def test_an_articles_title_stays_in_the_data_as_a_disclosures(article: dict[str, Any]) -> None:
    sent = messages.of(question(disclosures=[DISCLOSURE | {"title": article["title"]}]))
    data = told(sent)
    assert data["disclosures"] == [DISCLOSURE | {"title": article["title"][: messages.TITLE_MAX]}]
    assert {**data, "disclosures": []} == {**told(CLEAN), "disclosures": []}
    assert sent[0] == CLEAN[0]


@every
def test_a_fooled_model_does_not_get_through(article: dict[str, Any]) -> None:
    found, _ = outcome(article)
    assert article["caught"] in found


@every
def test_what_a_fooled_model_says_is_not_sent_back_to_it(article: dict[str, Any]) -> None:
    _, sent = outcome(article)
    assert len(sent) == (1 if article["caught"] in {"floored", "ungrounded"} else 2)
    assert sent[0] == messages.of(asked(article))
    for again in sent[1:]:
        assert again[:2] == sent[0]
        said = article["fooled"]
        for text in [said] if isinstance(said, str) else [said.get("rationale_ko", "")]:
            assert len(text) < 3 or text not in again[2]["content"]


def test_no_article_can_make_an_id_citable() -> None:
    """Ids are citable because the database has them as evidence, not because the data has them in some text."""
    for article in ARTICLES:
        assert messages.citable(asked(article)) == messages.citable(question())


def test_a_title_that_poses_as_a_number_grounds_it_and_only_it() -> None:
    """What a title says may be repeated: it is the story. What it does not say is foreign."""
    title = "다온솔전자 목표가 98,000원"
    for rationale, grounded in (("목표가 98,000원이라고 한다.", True), ("목표가 99,000원이다.", False)):
        reply = llm.answer(
            question(title, neighbours=[NEIGHBOUR]),
            lambda _sent, _schema, said=rationale: Completion(  # type: ignore[misc]
                json.dumps(model_faults.answer(rationale_ko=said)), "", False, "m", 1, 1
            ),
        )
        assert reply.grounded is grounded
