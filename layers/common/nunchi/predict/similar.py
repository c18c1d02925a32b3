"""What followed similar past stories: those of any stock, and those of the stock that is asked about."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, stdev
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from nunchi.adapters.milvus import Hit
from nunchi.articles import repository as articles
from nunchi.embed.nearest import Found, place
from nunchi.market.calendar import Calendar
from nunchi.market.rules import FORECAST_HORIZONS
from nunchi.predict import repository
from nunchi.predict.repository import Reacted
from nunchi.predict.rules import NEIGHBOURS

SAME_STOCK = 20  # similar stories of the same stock that are looked at

Neighbour = dict[str, Any]  # as it is stored with the case


@dataclass(frozen=True)
class Similar:
    """Similar past stories, and all that is known by `as_of` of what followed them."""

    found: Found
    reactions: dict[UUID, list[Reacted]]
    founders: dict[UUID, UUID]  # story → the article that founded it

    def evidence(self, code: str) -> dict[str, Any]:
        """What of it goes into a case about a stock. All returns are market-adjusted ratios.

        `neighbours` are the most similar stories of any stock, `neighbours_same_stock` those of this one, each
        nearest first and with one stock's reactions; `followed` sums up the latter, and the former of other stocks.
        """
        near = self._neighbours(self.found.near, code)[:NEIGHBOURS]
        of_stock = self._neighbours(self.found.of_stock.get(code, []), code)
        same = [one for one in of_stock if one["same_stock"]][:SAME_STOCK]
        others = [one for one in near if not one["same_stock"]]
        return {
            "neighbours": near,
            "neighbours_same_stock": same,
            "followed": {"same_stock": followed(same), "other_stocks": followed(others)},
        }

    def _neighbours(self, hits: Iterable[Hit], code: str) -> list[Neighbour]:
        return [
            _neighbour(hit, self.reactions[hit.story_id], self.founders.get(hit.story_id), code)
            for hit in sorted(hits, key=place)
            if hit.story_id in self.reactions
        ]


def similar(session: Session, found: Found, calendar: Calendar, *, as_of: datetime) -> Similar:
    """The stories found, with the reactions that were known and complete by `as_of`."""
    hits = [*found.near, *(hit for hits in found.of_stock.values() for hit in hits)]
    ids = sorted({hit.story_id for hit in hits})
    closed = calendar.last_closed(as_of).day
    reactions = repository.reactions_of(session, ids, as_of=as_of, until=closed)
    return Similar(found, reactions, articles.founders(session, list(reactions)))


def _neighbour(hit: Hit, reactions: Sequence[Reacted], founder: UUID | None, code: str) -> Neighbour:
    """One hit a story: with the reactions of the stock that is asked about, or else of the lowest code."""
    codes = {reaction.stock_code for reaction in reactions}
    shown = code if code in codes else min(codes)
    of_stock = [reaction for reaction in reactions if reaction.stock_code == shown]
    return {
        "story_id": str(hit.story_id),
        "article_id": str(founder) if founder else None,
        "stock_code": shown,
        "same_stock": shown == code,
        "similarity": round(hit.similarity, 3),
        "outcomes": {str(r.horizon_sessions): r.outcome for r in of_stock},
        "adjusted_return_ratios": {
            str(r.horizon_sessions): round(r.adjusted_return_ratio, 6) for r in of_stock
        },
    }


def followed(near: Iterable[Neighbour]) -> dict[str, dict[str, float | int | None]]:
    """Count, mean and sample standard deviation (`spread`) of adjusted returns, by horizon.

    The mean is None without a return, the spread with fewer than two. The order of the stories does not matter.
    """
    returns = [one["adjusted_return_ratios"] for one in near]
    return {str(h): _summed([one[str(h)] for one in returns if str(h) in one]) for h in FORECAST_HORIZONS}


def _summed(values: Sequence[float]) -> dict[str, float | int | None]:
    return {
        "count": len(values),
        "mean": round(fmean(values), 6) if values else None,
        "spread": round(stdev(values), 6) if len(values) > 1 else None,
    }
