"""The registry of arms, and the experiments that compare two of them."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.orm import Session

from nunchi.arms import repository, rules
from nunchi.arms.rules import NewArm
from nunchi.errors import NotFound, NunchiError
from nunchi.predict import baselines, prompts
from nunchi.predict.service import FORECASTERS


class Refused(NunchiError):
    """An arm or an experiment that can't be as it is wanted; the message says why."""


def add(session: Session, arm: NewArm) -> None:
    """Adds an arm, which asks nothing until it is enabled. Raises `Refused`."""
    paid = [provider for provider in FORECASTERS if provider != baselines.PROVIDER]
    _require(rules.faults_of_arm(arm, paid, prompts.versions("forecast")))
    if not repository.add(session, {**asdict(arm), "active": False, "switched_by_hand": True}):
        raise Refused(f"there is an arm {arm.name}")


def switch(session: Session, name: str, *, active: bool) -> None:
    """Lets an arm be asked about new stories, or no more. Raises `NotFound`, and `Refused` for `prior`.

    What it was due to answer before, it still answers; a budget of 0 won ends that, too.
    """
    if name == "prior" and not active:
        raise Refused("every score is held against prior's, so it stays on")
    arm = repository.arm(session, name)
    arm.active, arm.switched_by_hand = active, True


def set_budget(session: Session, name: str, won: int) -> None:
    """Sets what an arm may spend a day in Seoul. Raises `NotFound`, for what costs nothing, too, and `Refused`."""
    _require(rules.faults_of_budget(won))
    arm = repository.arm(session, name)
    if arm.provider == baselines.PROVIDER:
        raise NotFound("budget", name)
    arm.daily_budget_krw = won


def start(
    session: Session,
    name: str,
    arm_a: str,
    arm_b: str,
    *,
    horizon_sessions: int,
    alpha: float,
    primary: bool,
    now: datetime,
) -> None:
    """Starts an experiment; what is named here can't be changed later. Raises `NotFound` and `Refused`."""
    _require(rules.faults_of_experiment(name, arm_a, arm_b, horizon_sessions, alpha))
    values = {
        "name": name,
        "arm_a": repository.arm(session, arm_a).name,
        "arm_b": repository.arm(session, arm_b).name,
        "pair": rules.pair(arm_a, arm_b),
        "started_at": now,
        "horizon_sessions": horizon_sessions,
        "alpha": alpha,
        "primary": primary,
    }
    if not repository.start(session, values):
        raise Refused(f"{name} is taken, or a primary experiment of {arm_a} and {arm_b} is running")


def _require(faults: Sequence[str]) -> None:
    if faults:
        raise Refused("; ".join(faults))
