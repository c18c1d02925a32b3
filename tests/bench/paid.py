"""The calls of models that a replay paid for, against one for each crawled article and model, and their cost."""

from dataclasses import dataclass
from datetime import datetime

from rich.table import Table
from sqlalchemy import func, select

from nunchi import database
from nunchi.calls import repository
from nunchi.models import Arm, Article, Case, ModelCall, Stock
from nunchi.seoul import seoul_date

AIM = 0.25
TRACKED_SHARE = 4  # the smaller watch list has one in so many of the sample's companies


@dataclass(frozen=True)
class Paid:
    """What was crawled; calls of models for forecasts, and of those the ones about a quarter of the stocks; calls for
    reports, which follow the number of stocks with news and not that of articles; won by arm and day.
    """

    crawled: int
    models: int
    calls: int
    calls_of_quarter: int
    calls_for_reports: int
    krw: dict[str, dict[str, float]]

    def share(self, calls: int) -> float:
        """Calls against one for each crawled article and model."""
        return calls / (self.crawled * self.models)


def measure(since: datetime, until: datetime) -> Paid:
    """Counts what the replay of a span left in the current database."""
    with database.session() as session:
        codes = list(session.scalars(select(Stock.code).where(Stock.active).order_by(Stock.code)))
        calls = select(func.count()).select_from(ModelCall)
        by_purpose = {
            purpose: session.scalar(calls.where(ModelCall.purpose == purpose)) or 0
            for purpose in ("forecast", "report")
        }
        quarter = calls.join(Case, Case.id == ModelCall.subject_id).where(
            Case.stock_code.in_(codes[::TRACKED_SHARE])
        )
        paying = select(func.count()).where(Arm.active, Arm.daily_budget_krw > 0)
        crawled = select(func.count()).where(Article.known_at.between(since, until))
        krw: dict[str, dict[str, float]] = {}
        for arm, day, _, _, won in repository.spend(
            session, since=seoul_date(since), until=seoul_date(until)
        ):
            krw.setdefault(arm, {})[str(day)] = won
        return Paid(
            crawled=session.scalar(crawled) or 0,
            models=session.scalar(paying) or 0,
            calls=by_purpose["forecast"],
            calls_of_quarter=session.scalar(quarter) or 0,
            calls_for_reports=by_purpose["report"],
            krw=krw,
        )


def table(paid: Paid) -> Table:
    """What was counted."""
    found = Table(caption=f"Aim: {AIM:.0%} of one call for each crawled article and model.")
    for column in ("paid calls of models", "per 100 crawled", "of one an article and model"):
        found.add_column(column)
    for label, calls in (
        ("forecasts, every company of the sample tracked", paid.calls),
        (f"forecasts, one in {TRACKED_SHARE} of them tracked", paid.calls_of_quarter),
        ("forecasts and reports, every company tracked", paid.calls + paid.calls_for_reports),
    ):
        share = paid.share(calls)
        verdict = "met" if share <= AIM else "missed"
        found.add_row(label, f"{100 * calls / paid.crawled:.0f}", f"{share:.0%} ({verdict})")
    for arm, days in paid.krw.items():
        found.add_row(f"  {arm}, won a day", "", ", ".join(f"{day}: {won:,.1f}" for day, won in days.items()))
    return found
