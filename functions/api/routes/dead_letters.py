"""Dead letters, for admins: what lies in each queue, by ids, and sending it back."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime, BaseModel, Field

from api.access import problem_responses
from api.audit import Audited
from api.dependencies import require
from nunchi.status import letters

router = APIRouter(prefix="/dead-letters", tags=["operation"], dependencies=[require("admin")])
Most = Annotated[int, Query(ge=1, le=100, description="How many messages at most.")]
QueueName = Annotated[str, Path(max_length=64, description="A queue's short name, for example `embed`.")]
MessageId = Annotated[str, Path(max_length=100, description="SQS's id of a message.")]


class DeadLetterQueue(BaseModel):
    queue: str = Field(examples=["embed"], description="That which feeds it.")
    messages: int = Field(description="About how many lie in it.")
    redrivable: bool = Field(
        description="False for runs that failed for good: the next run makes up for them."
    )


class DeadLetter(BaseModel):
    """A message by its ids, never by what it holds."""

    message_id: str
    sent_at: AwareDatetime
    receives: int = Field(description="Looking at it counts, too.")
    event: str | None = Field(examples=["ArticleStored"], description="Null for what is no message of ours.")
    outbox_id: int | None
    correlation_id: str | None
    function: str | None = Field(description="Of a run that failed for good.")


class Redriven(BaseModel):
    queue: str
    moved: int
    left: int = Field(description="About how many still lie there; ask again to move more.")


@router.get("")
def list_dead_letter_queues() -> list[DeadLetterQueue]:
    """Every dead-letter queue and about how many messages lie in it."""
    return [
        DeadLetterQueue(queue=name, messages=depth, redrivable=name != letters.FAILURES)
        for name, depth in letters.depths().items()
    ]


@router.get("/{queue}")
def list_dead_letters(queue: QueueName, limit: Most = 20) -> list[DeadLetter]:
    """Some messages of a queue, the oldest first. Others who look at the same moment may see fewer."""
    return [DeadLetter.model_validate(one, from_attributes=True) for one in letters.peek(queue, limit)]


@router.post("/{queue}/redrive", responses=problem_responses(409))
def redrive_dead_letters(queue: QueueName, audit: Audited) -> Redriven:
    """Sends a queue's messages back to be worked, 200 at most; told to the log with who asked for it."""
    moved = letters.redrive(queue)
    audit("redrive", queue=queue, moved=moved)
    return Redriven(queue=queue, moved=moved, left=letters.depths()[queue])


@router.post("/{queue}/{message_id}/redrive", responses=problem_responses(409))
def redrive_dead_letter(queue: QueueName, message_id: MessageId, audit: Audited) -> Redriven:
    """Sends one message back to be worked; told to the log with who asked for it."""
    letters.redrive_one(queue, message_id)
    audit("redrive", queue=queue, message_id=message_id)
    return Redriven(queue=queue, moved=1, left=letters.depths()[queue])
