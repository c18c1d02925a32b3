"""Api: the FastAPI application behind API Gateway."""

from typing import Any

from mangum import Mangum

from api.app import create_app
from nunchi.settings import get_settings

_mangum: Mangum | None = None


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers one API Gateway proxy event."""
    global _mangum
    if _mangum is None:
        root_path = get_settings().api_root_path
        _mangum = Mangum(create_app(root_path), lifespan="off", api_gateway_base_path=root_path or "/")
    return dict(_mangum(event, context))
