"""When the own account is told: its rules, and what holds for all of them."""

from datetime import time
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import available_timezones

from fastapi import APIRouter
from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from api.access import problem_responses
from api.dependencies import ARM, DatabaseSession, Now, User
from api.forms import Strict
from nunchi.errors import NotFound
from nunchi.notify import linking
from nunchi.notify.repository import people
from nunchi.watch.rules import BadName, list_name

router = APIRouter(prefix="/alert-rules", tags=["alerts"])
Impact = Literal["", "low", "medium", "high"]
Arms = Annotated[list[Annotated[str, Field(pattern=ARM)]], Field(max_length=20)]
Horizons = Annotated[list[Literal[1, 3, 5]], Field(max_length=3)]


def _zone(name: str) -> str:
    if name not in available_timezones() or name == "localtime":  # that is the server's
        raise ValueError("unknown time zone")
    return name


def _name(text: str) -> str:
    try:
        return list_name(text)
    except BadName as exc:
        raise ValueError(str(exc)) from None


class RuleForm(Strict):
    name: Annotated[str, AfterValidator(_name)] = Field(min_length=1, max_length=40, examples=["관심 종목"])
    active: bool = True
    stocks: Literal["watchlist", "all"] = Field(
        default="watchlist", description="Those on any of the own watchlists, or every one that is followed."
    )
    minimum_probability: float = Field(default=0.6, ge=0.0, le=1.0, description="Of down or of up.")
    minimum_impact: Impact = Field(default="", description="As an arm expects it; empty: any.")
    arms: Arms = Field(default=[], description="Empty: any.", examples=[["gpt-4o"]])
    horizons_sessions: Horizons = Field(default=[], description="Empty: any.", examples=[[1, 3]])
    disclosures_always: bool = Field(
        default=True, description="Tell a company's own disclosures whatever is forecast."
    )
    breaks_quiet_from_impact: Impact = Field(default="", description="Empty: quiet hours are never broken.")
    cooldown_s: int = Field(default=3600, ge=0, le=86_400, description="Of a stock that was told of.")


class RuleLine(RuleForm):
    id: UUID
    created_at: AwareDatetime


class PreferencesForm(Strict):
    language: Literal["ko", "en"] = "ko"
    zone: Annotated[str, AfterValidator(_zone)] = Field(
        default="Asia/Seoul", max_length=64, examples=["Asia/Seoul"]
    )
    quiet_from: time | None = Field(default=None, examples=["22:00:00"])
    quiet_to: time | None = Field(default=None, examples=["07:00:00"])
    daily_maximum: int = Field(default=20, ge=0, le=200)

    @model_validator(mode="after")
    def _both_or_none(self) -> "PreferencesForm":
        if (self.quiet_from is None) != (self.quiet_to is None):
            raise ValueError("quiet_from and quiet_to go together")
        if any(one is not None and one.tzinfo is not None for one in (self.quiet_from, self.quiet_to)):
            raise ValueError("quiet hours are of the zone, and have none of their own")
        return self


@router.get("")
def list_rules(user: User, session: DatabaseSession) -> list[RuleLine]:
    """The own rules, at most 20, oldest first."""
    return [RuleLine.model_validate(rule, from_attributes=True) for rule in people.rules_of(session, user.id)]


@router.post("", status_code=201, responses=problem_responses(409))
def add_rule(body: RuleForm, user: User, session: DatabaseSession, now: Now) -> RuleLine:
    """Adds a rule. An account has at most 20."""
    rule = linking.add_rule(session, user.id, body.model_dump(), now=now)
    return RuleLine.model_validate(rule, from_attributes=True)


# before the routes of a rule, whose path would match it, too
@router.get("/preferences")
def get_preferences(user: User, session: DatabaseSession) -> PreferencesForm:
    """What holds for all of the own alerts: language, quiet hours, and how many a day."""
    found = people.preferences(session, user.id)
    return PreferencesForm.model_validate(found, from_attributes=True) if found else PreferencesForm()


@router.put("/preferences")
def put_preferences(body: PreferencesForm, user: User, session: DatabaseSession) -> PreferencesForm:
    """Changes what holds for all of the own alerts."""
    changed = linking.change_preferences(session, user.id, body.model_dump())
    return PreferencesForm.model_validate(changed, from_attributes=True)


@router.get("/{rule_id}")
def get_rule(rule_id: UUID, user: User, session: DatabaseSession) -> RuleLine:
    """One of the own rules."""
    rule = people.rule_of(session, user.id, rule_id)
    if rule is None:
        raise NotFound("alert rule", rule_id)
    return RuleLine.model_validate(rule, from_attributes=True)


@router.put("/{rule_id}")
def change_rule(rule_id: UUID, body: RuleForm, user: User, session: DatabaseSession) -> RuleLine:
    """Changes one of the own rules."""
    rule = people.rule_of(session, user.id, rule_id)
    if rule is None:
        raise NotFound("alert rule", rule_id)
    for name, value in body.model_dump().items():
        setattr(rule, name, value)
    session.flush()
    return RuleLine.model_validate(rule, from_attributes=True)


@router.delete("/{rule_id}", status_code=204)
def delete_rule(rule_id: UUID, user: User, session: DatabaseSession) -> None:
    """Removes one of the own rules."""
    if not people.delete_rule(session, user.id, rule_id):
        raise NotFound("alert rule", rule_id)
