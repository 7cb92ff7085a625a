"""Redaction: withholds a reply of a language model in which a secret of ours appears.

A model may repeat the key it was called with, for a server in between may have put it into a
prompt or an error. Replies are stored, shown and put into prompts again: each is searched once,
where it comes in, cached ones included.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import structlog

from adapters.chat.encodings import SearchableText, patterns_of
from domain.errors import ChatBroken, ChatFailed, ChatRefused, ReplyInvalid
from domain.keys import KEY
from domain.language_model import Completion, KeepingChat, Prompt

MAX_LENGTH = 50_000  # characters: four texts of 2,000, every one of them escaped, have room in it
WITHHELD = "it tells what must stay secret; answer without it"
TOO_LONG = f"it is longer than {MAX_LENGTH:,} characters; write less"
API_KEY = re.compile(r"cdt[0-9a-f]{80}")  # as domain/keys.py makes them, letters and digits only
NO_REASON = "for a reason that cannot be told"

log = structlog.stdlib.get_logger()


@dataclass(frozen=True, slots=True)
class Redacted:
    """A chat model whose replies and error messages hold no secret.

    `secrets` gives those held at the moment. API keys of ours are known by their shape, and those
    in a prompt are secrets, too, however the reply encodes them. A reply with a secret comes
    back without its text and with `refused`, so that it is asked again and its tokens count.
    """

    chat: KeepingChat
    secrets: Callable[[], Iterable[str]]

    @property
    def model(self) -> str:
        """See domain.language_model.chat.ChatModel."""
        return self.chat.model

    async def complete(self, prompt: Prompt, *, deadline_seconds: float) -> Completion:
        """See domain.language_model.chat.ChatModel."""
        secrets = set(self.secrets())  # before and after: a token may be renewed in between
        try:
            completion = await self.chat.complete(prompt, deadline_seconds=deadline_seconds)
        except ChatFailed as failure:
            if _contains_secret(str(failure), secrets | set(self.secrets())):
                raise _redacted_failure(failure) from None
            raise
        fault = _fault(completion.text, secrets | set(self.secrets()) | _keys_in(prompt))
        if fault is None:
            return completion
        log.warning("a reply of the language model was not passed on", fault=fault)
        return replace(completion, text="", refused=fault)

    def keep(self, prompt: Prompt, completion: Completion) -> None:
        """See domain.language_model.chat.KeepingChat."""
        self.chat.keep(prompt, completion)


def _fault(text: str, secrets: Iterable[str]) -> str | None:
    if len(text) > MAX_LENGTH:
        return TOO_LONG
    return WITHHELD if _contains_secret(text, secrets) else None


def _contains_secret(text: str, secrets: Iterable[str]) -> bool:
    searched = SearchableText(text)
    return any(API_KEY.search(view) for view in searched.plain) or any(
        searched.contains(patterns_of(secret)) for secret in secrets
    )


def _keys_in(prompt: Prompt) -> set[str]:
    return {key[0] for block in prompt.user for key in KEY.finditer(block)}


def _redacted_failure(failure: ChatFailed) -> ChatFailed:
    """The same failure, as far as it is ours to word."""
    if isinstance(failure, ChatRefused):
        remedy = "check the CDT_MODEL settings with `twin doctor`"
        return ChatRefused(NO_REASON, remedy, lasting=failure.lasting)
    if isinstance(failure, ReplyInvalid):
        return ReplyInvalid(WITHHELD, truncated=failure.truncated)
    return ChatBroken(NO_REASON)
