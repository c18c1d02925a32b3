"""The cookies of a browser's login. `__Host-` ties them to this host, so that no neighbour can plant one."""

from datetime import datetime

from fastapi import Request, Response

from nunchi.accounts.service import Grant

ACCESS, REFRESH, CSRF = "__Host-nunchi-access", "__Host-nunchi-refresh", "__Host-nunchi-csrf"
CSRF_HEADER = "X-CSRF-Token"


def hand_over(response: Response, grant: Grant, now: datetime) -> None:
    """Sets the cookies of a login. Only the CSRF token can be read by the page, which sends it back as a header."""
    ends = (
        (ACCESS, grant.access_token, grant.access_expires_at),
        (REFRESH, grant.refresh_token, grant.refresh_expires_at),
        (CSRF, grant.csrf_token, grant.refresh_expires_at),
    )
    for name, value, ends_at in ends:
        response.set_cookie(
            name,
            value,
            max_age=int((ends_at - now).total_seconds()),
            path="/",
            secure=True,
            httponly=name != CSRF,
            samesite="lax",
        )


def take_back(response: Response) -> None:
    """Makes the browser forget them."""
    for name in (ACCESS, REFRESH, CSRF):
        response.delete_cookie(name, path="/", secure=True, httponly=name != CSRF, samesite="lax")


def of(request: Request, name: str) -> str:
    """A cookie's value, or ""."""
    return request.cookies.get(name, "")
