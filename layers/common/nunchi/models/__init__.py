"""SQLAlchemy tables. They are the entities: there is no second domain layer."""

from nunchi.models.accounts import Invitation, RefreshToken, TokenFamily, User
from nunchi.models.articles import Article, ArticleRevision
from nunchi.models.base import Base
from nunchi.models.calibration import Calibrator
from nunchi.models.comparisons import ArmComparison
from nunchi.models.costs import Experiment, ModelCall
from nunchi.models.crawling import CrawlRun
from nunchi.models.evaluation import (
    BaseRate,
    Evaluation,
    Performance,
    Reaction,
    ScoreDay,
    Waiting,
    WorkedSession,
)
from nunchi.models.forecasts import Answer, Arm, Case, Forecast, Seal, SealDraft
from nunchi.models.grades import Rating, RatingChange, ReportEvaluation
from nunchi.models.market import DailyBar, IndexBar, ListedName, Stock
from nunchi.models.notifying import (
    Alert,
    AlertCooldown,
    AlertDay,
    AlertMessage,
    AlertPreferences,
    AlertRule,
    Chat,
    ChatLink,
    Delivery,
    OperatorAlarm,
    TelegramUpdate,
)
from nunchi.models.outbox import OutboxRow
from nunchi.models.quotes import (
    Adjustment,
    CalendarDay,
    FinancialRatio,
    IndexLevel,
    InvestorFlow,
    MinuteBar,
    OrderBook,
    OvertimeDay,
    Product,
    Quarantined,
    Quote,
)
from nunchi.models.reports import Report, ReportRun, ReportScenario
from nunchi.models.requests import ForecastRequest, RequestedForecast
from nunchi.models.stories import BandLock, Story, StoryBand, StoryFounder, StoryStock
from nunchi.models.vectors import VectorCollection
from nunchi.models.watching import WatchedStock, Watchlist

__all__ = [
    "Adjustment",
    "Alert",
    "AlertCooldown",
    "AlertDay",
    "AlertMessage",
    "AlertPreferences",
    "AlertRule",
    "Answer",
    "Arm",
    "ArmComparison",
    "Article",
    "ArticleRevision",
    "BandLock",
    "Base",
    "BaseRate",
    "CalendarDay",
    "Calibrator",
    "Case",
    "Chat",
    "ChatLink",
    "CrawlRun",
    "DailyBar",
    "Delivery",
    "Evaluation",
    "Experiment",
    "FinancialRatio",
    "Forecast",
    "ForecastRequest",
    "IndexBar",
    "IndexLevel",
    "InvestorFlow",
    "Invitation",
    "ListedName",
    "MinuteBar",
    "ModelCall",
    "OperatorAlarm",
    "OrderBook",
    "OutboxRow",
    "OvertimeDay",
    "Performance",
    "Product",
    "Quarantined",
    "Quote",
    "Rating",
    "RatingChange",
    "Reaction",
    "RefreshToken",
    "Report",
    "ReportEvaluation",
    "ReportRun",
    "ReportScenario",
    "RequestedForecast",
    "ScoreDay",
    "Seal",
    "SealDraft",
    "Stock",
    "Story",
    "StoryBand",
    "StoryFounder",
    "StoryStock",
    "TelegramUpdate",
    "TokenFamily",
    "User",
    "VectorCollection",
    "Waiting",
    "WatchedStock",
    "Watchlist",
    "WorkedSession",
]
