"""What input forms have in common."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from nunchi.arms.rules import MOST_BUDGET_KRW

# longer than any password may be, because Hangul may come in letters: three of them are one syllable in NFC
Password = Annotated[str, Field(max_length=512, examples=["버스 정류장 앞 7번 나무"])]
Budget = Annotated[
    StrictInt, Field(ge=0, le=MOST_BUDGET_KRW, description="Won a day in Seoul.", examples=[20_000])
]


class Strict(BaseModel):
    """Input in which nothing but what is named here is taken: no `role` comes along."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)
