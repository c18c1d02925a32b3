"""What is shown of an article."""

from nunchi.articles.rules import LEAD_MAX, lead


def test_the_lead_is_the_first_sentence_of_the_first_paragraph() -> None:
    assert lead("첫 문장이다. 둘째다.\n다음 문단.") == "첫 문장이다."
    assert len(lead("가" * 1000)) == LEAD_MAX
