"""Invitations, for admins."""

from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter

from api.audit import Audited
from api.dependencies import DatabaseSession, Now, require
from api.forms import Strict
from api.paging import Cursor, Order, Page, PageSize
from nunchi.accounts import repository, rules, service
from nunchi.accounts.rules import Role
from nunchi.errors import NotFound

router = APIRouter(prefix="/invitations", tags=["accounts"])
NEWEST = Order(TypeAdapter(tuple[AwareDatetime, UUID]))


class NewInvitation(Strict):
    role: Literal["user", "rater"] = "user"
    days: int = Field(default=rules.INVITATION_DAYS, ge=1, le=30, description="How long it can be used.")


class InvitationLine(BaseModel):
    id: UUID
    role: Role
    created_by: UUID | None = Field(description="Null where that account was deleted.")
    created_at: AwareDatetime
    expires_at: AwareDatetime
    used_at: AwareDatetime | None


class InvitationMade(InvitationLine):
    code: str = Field(description="Shown this once; we keep only its hash.")


@router.post("", status_code=201)
def invite(body: NewInvitation, session: DatabaseSession, now: Now, audit: Audited) -> InvitationMade:
    """Makes a code that is good for one account."""
    made, code = service.invite(session, audit.by, Role(body.role), body.days, now)
    audit("invitation", invitation=made.id, role=body.role)
    line = InvitationLine.model_validate(made, from_attributes=True)
    return InvitationMade(**line.model_dump(), code=code)


@router.get("", dependencies=[require("admin")])
def list_invitations(
    session: DatabaseSession, limit: PageSize = 50, cursor: Cursor = None
) -> Page[InvitationLine]:
    """Invitations, the newest first."""
    found = repository.invitations(session, NEWEST.after(cursor), limit + 1)
    return NEWEST.page(
        found,
        limit,
        lambda row: (row.created_at, row.id),
        lambda row: InvitationLine.model_validate(row, from_attributes=True),
    )


@router.delete("/{invitation_id}", status_code=204)
def withdraw(invitation_id: UUID, session: DatabaseSession, audit: Audited) -> None:
    """Makes an invitation useless."""
    if not repository.withdraw_invitation(session, invitation_id):
        raise NotFound("invitation", invitation_id)
    audit("invitation withdrawn", invitation=invitation_id)
