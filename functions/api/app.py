"""The application: its routes, what surrounds them, its errors, and its documentation, served offline."""

from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

from api import access, conditional, documentation, edge, problems
from api.routes import (
    alert_rules,
    arms,
    articles,
    auth,
    crawlers,
    dashboard,
    dead_letters,
    evaluations,
    experiments,
    figures,
    forecasts,
    grades,
    health,
    invitations,
    ledger,
    operation,
    prices,
    ratings,
    records,
    reports,
    requests,
    scoreboard,
    stocks,
    stories,
    telegram,
    users,
    watchlists,
)
from nunchi.settings import get_settings

DESCRIPTION = (
    "News-driven forecasts of how Korean stocks react, each sealed before the market answers and scored in public. "
    "Forecasts are not investment advice."
)
ROUTES = (
    *(auth, users, invitations, watchlists, alert_rules, telegram),
    *(stocks, prices, figures, articles, stories),
    *(requests, forecasts, reports),  # `/forecasts/requests` before `/forecasts/{forecast_id}`
    *(arms, experiments, ratings, grades, evaluations),
    *(scoreboard, records, ledger),
    *(health, dashboard, crawlers, operation, dead_letters),
)
EXPOSED = ["Content-Language", "Date", "ETag", "Location", "Retry-After", edge.CORRELATION]
SENT = ["Authorization", "Content-Type", "If-None-Match", "X-CSRF-Token", edge.CORRELATION]


def create_app() -> FastAPI:
    """The application. Raises RoleMissing where a route does not say who may call it."""
    app = FastAPI(
        title="nunchi",
        version="0.1.0",
        description=DESCRIPTION,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
    )
    for routes in ROUTES:
        app.include_router(routes.router, prefix="/api")
    app.include_router(documentation.router)
    problems.add_handlers(app)
    access.describe(app)
    surround(app)
    return app


def surround(app: FastAPI) -> None:
    """Adds the middleware, from the innermost to the outermost."""
    allowed = edge.origins(get_settings().allowed_origins)
    app.add_middleware(conditional.ConditionalReads)
    app.add_middleware(edge.BodyLimit)
    app.add_middleware(edge.Origins, allowed=allowed)
    app.add_middleware(
        CORSMiddleware,
        allow_origins=sorted(allowed),
        allow_credentials=True,
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=SENT,
        expose_headers=EXPOSED,
    )
    app.add_middleware(edge.Edge)
