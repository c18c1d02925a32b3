"""Migrate: brings the database to the newest revision. A deployment runs it before it changes any other function."""

from collections.abc import Mapping
from typing import Any

from nunchi import custom_resource
from nunchi.errors import NunchiError
from operate import revisions


class OtherRevision(NunchiError):
    """A deployment wants a revision that this function does not have: the function is older than the template."""


def handler(event: dict[str, Any], _context: Any) -> dict[str, str]:
    if custom_resource.is_request(event):
        return custom_resource.answer(event, deploy)
    return {"revision": revisions.upgrade()}


def deploy(properties: Mapping[str, Any]) -> dict[str, str]:
    wanted, (newest, *before) = properties["Revision"], revisions.known()
    if wanted == newest:
        revisions.upgrade()
    elif wanted not in before:  # one of those is a deployment that goes back, and tables never do
        raise OtherRevision(f"{wanted} is wanted, and {newest} is the newest here")
    return {"Revision": wanted}
