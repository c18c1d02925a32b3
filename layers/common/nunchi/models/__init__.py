"""SQLAlchemy tables. They are the entities: there is no second domain layer."""

from nunchi.models.articles import Article, Story, StoryStock
from nunchi.models.base import Base
from nunchi.models.evaluation import BaseRate, Evaluation, Performance, Reaction
from nunchi.models.forecasts import Answer, Arm, Case, Forecast, Seal
from nunchi.models.market import DailyBar, IndexBar, Stock
from nunchi.models.outbox import OutboxRow

__all__ = [
    "Answer",
    "Arm",
    "Article",
    "Base",
    "BaseRate",
    "Case",
    "DailyBar",
    "Evaluation",
    "Forecast",
    "IndexBar",
    "OutboxRow",
    "Performance",
    "Reaction",
    "Seal",
    "Stock",
    "Story",
    "StoryStock",
]
