"""Links to other routes, as they are in the document."""

from typing import Any

from fastapi import Request


def path_of(request: Request, route: str, **values: Any) -> str:
    """A route's path below the API's address, by the name of its function.

    Without the stage that the gateway's own address has: CloudFront puts it before what it passes on.
    """
    return str(request.app.url_path_for(route, **values))
