"""The application: its routes, its errors as problem details (RFC 9457), and its documentation, served offline."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from api import documentation
from api.routes import articles, forecasts, health, ledger, scoreboard, stocks
from api.routes import articles, forecasts, health, reports, scoreboard, stocks
from nunchi.errors import NotFound

DESCRIPTION = (
    "News-driven forecasts of how Korean stocks react, each sealed before the market answers and scored in public. "
    "Forecasts are not investment advice."
)


def create_app() -> FastAPI:
    """The application."""
    app = FastAPI(
        title="nunchi",
        version="0.1.0",
        description=DESCRIPTION,
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(health.router)
    for routes in (stocks, articles, forecasts, scoreboard, ledger):
    for routes in (stocks, articles, forecasts, reports, scoreboard):
        app.include_router(routes.router, prefix="/api")
    app.include_router(documentation.router)
    app.add_exception_handler(NotFound, _not_found)
    return app


def _not_found(_request: Request, exc: Exception) -> JSONResponse:
    problem = {"type": "about:blank", "title": "Not Found", "status": 404, "detail": str(exc)}
    return JSONResponse(problem, status_code=404, media_type="application/problem+json")
