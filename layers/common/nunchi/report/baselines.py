"""The report of an arm that is a rule: scenarios by formula, texts by template, the same from the same facts."""

from dataclasses import replace

from nunchi.calls.service import Ask
from nunchi.report import rules, texts
from nunchi.report.draft import Draft, Question, Usage


def draft(question: Question, _ask: Ask) -> Draft:
    """A baseline's report. Raises `NoScenario`."""
    facts, walks = question.facts, question.facts.walks
    found = [rules.scenario(span, walk, facts.leaning) for span, walk in walks.items()]
    return Draft(
        summary=texts.summary(question.stock_name, question.stock_code, facts.evidence),
        scenarios=[replace(one, text_ko=texts.of_scenario(one, walks[one.span])) for one in found],
        risks=texts.risks(facts.evidence),
        opportunities=texts.opportunities(facts.evidence),
        recommendation=rules.recommendation(facts.leaning, forecast=facts.forecast),
        usage=Usage(question.model),
    )
