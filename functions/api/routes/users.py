"""The own account; and all accounts, for admins."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter

from api import cookies
from api.access import problem_responses
from api.audit import Audited
from api.confirmation import confirmed
from api.dependencies import PRINTABLE, ClientAddress, DatabaseSession, User, require
from api.forms import Password, Strict
from api.paging import Cursor, Order, Page, PageSize
from nunchi import database
from nunchi.accounts import repository, service
from nunchi.accounts.rules import EMAIL_LENGTH, Role
from nunchi.accounts.service import Account
from nunchi.errors import NotFound
from nunchi.models.accounts import User as UserRow

router = APIRouter(prefix="/users", tags=["accounts"])
BY_ID = Order(TypeAdapter(UUID))
Address = Annotated[
    str,
    Query(
        max_length=EMAIL_LENGTH, pattern=PRINTABLE, description="The whole address.", examples=["a@b.example"]
    ),
]


class Profile(BaseModel):
    id: UUID
    email: str = Field(examples=["minji@example.com"])
    nickname: str = Field(examples=["민지"])
    role: Role
    created_at: AwareDatetime


class Rename(Strict):
    nickname: str = Field(max_length=100, examples=["민지"])


class Deletion(Strict):
    password: Password


class RoleChange(Strict):
    role: Role


def profile(user: Account | UserRow) -> Profile:
    """A user as an answer: never a hash or a token."""
    return Profile.model_validate(user, from_attributes=True)


@router.get("/me")
def get_me(user: User) -> Profile:
    """The account that asks."""
    return profile(user)


@router.patch("/me", responses=problem_responses(409))
def rename_me(body: Rename, user: User, session: DatabaseSession) -> Profile:
    """Changes the nickname."""
    return profile(service.rename(session, user.id, body.nickname))


@router.post("/me/deletion", status_code=204, responses=problem_responses(409, 429))
def delete_me(body: Deletion, user: User, response: Response, address: ClientAddress) -> None:
    """Deletes the own account with all its data, for good. Asks for the password once more."""
    confirmed(user, body.password, address)
    with database.session() as session:
        service.delete_user(session, user.id)
    cookies.take_back(response)


@router.get("", dependencies=[require("admin")])
def list_users(
    session: DatabaseSession, email: Address = "", limit: PageSize = 50, cursor: Cursor = None
) -> Page[Profile]:
    """All users, by id; or who has an e-mail address."""
    rows = repository.users_after(session, BY_ID.after(cursor), limit + 1, email=email.strip().lower())
    return BY_ID.page(rows, limit, lambda row: row.id, profile)


@router.get("/{user_id}")
def get_user(user_id: UUID, user: User, session: DatabaseSession) -> Profile:
    """One user, for that user and for admins. To others nobody is there."""
    if user.id != user_id and user.role is not Role.ADMIN:
        raise NotFound("user", user_id)
    return profile(service.found(repository.user_by_id(session, user_id), user_id))


@router.patch("/{user_id}", responses=problem_responses(409))
def change_role(user_id: UUID, body: RoleChange, audit: Audited, session: DatabaseSession) -> Profile:
    """Gives a user another role; it counts from the next request on."""
    changed = profile(service.set_role(session, user_id, body.role))
    audit("role", user=user_id, role=body.role.value)
    return changed


@router.delete("/{user_id}", status_code=204, responses=problem_responses(409))
def delete_user(user_id: UUID, audit: Audited, session: DatabaseSession) -> None:
    """Deletes a user with all their data, for good."""
    service.delete_user(session, user_id)
    audit("deletion", user=user_id)
