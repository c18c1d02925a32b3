"""How a model is asked for a report: one paid call. The one place at which budgets, caches and breakers join."""

from typing import Any

from nunchi.adapters import openai
from nunchi.adapters.openai import Completion
from nunchi.report.draft import Ask, Message


def ask_of(provider: str, model: str) -> Ask:
    """What sends messages with a schema to a model. It raises `UpstreamError`."""

    def ask(messages: list[Message], schema: dict[str, Any]) -> Completion:
        prompt = "\n\n".join(message["content"] for message in messages)
        return openai.complete(provider, model, prompt, schema)

    return ask
