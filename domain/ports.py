"""Ports: the smallest interfaces the domain and its ways in need from the outside world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from domain.batches.batch import Batch
from domain.callers import PUBLIC
from domain.catalog import Carrier
from domain.customers.respondents import Respondents
from domain.customers.segments import Segment
from domain.interview.conversations import Conversation, Keeping, Turn
from domain.keys import ApiKey
from domain.personas.persona import Persona
from domain.reactions import Answer, Engine, Evidence, Reaction
from domain.scenarios.scenario import Scenario
from domain.simulations.backlog import Backlog
from domain.simulations.damage import Damage
from domain.simulations.simulation import (
    Allowance,
    Call,
    CallRecord,
    Failure,
    Idempotency,
    LeasedCall,
    LeftOut,
    Mark,
    Panel,
    Replay,
    Simulation,
    SimulationRequest,
    SimulationState,
    Summary,
)
from domain.simulations.usage import Budget, Spent
from domain.webhooks import DueWebhook, WebhookFailed


class CustomerBase(Protocol):
    """What the service knows of customers, frozen at one build of the data.

    Raises DatasetMissing when nothing has been built and Unavailable when it cannot be read.
    """

    @property
    def version(self) -> str:
        """The name of the build that is live now."""
        ...

    @property
    def as_of(self) -> str:
        """The day the data describe, ISO 8601."""
        ...

    @property
    def carrier(self) -> Carrier:
        """Whose customers they are, as the build was told."""
        ...

    def plans(self) -> Mapping[str, int]:
        """Customers by the plan that the data say they are on, in the order of the names."""
        ...

    def segments(self) -> Sequence[Segment]:
        """Every segment, ordered by id."""
        ...

    def personas(self) -> Sequence[Persona]:
        """The newest version of every persona, ordered by segment id."""
        ...

    def respondents(self) -> Respondents:
        """Every customer, ordered by customer id."""
        ...

    def verbatims(self, segment_id: str) -> Sequence[Evidence]:
        """Words of the segment's customers fit to be quoted, most representative first."""
        ...

    def past_reactions(self, segment_id: str) -> Sequence[Evidence]:
        """What the segment did about past events, newest first; nothing without a history."""
        ...


Use = Literal["query", "passage"]  # what a text is to the search; some models embed them apart
Embeddings = NDArray[np.float32]


class Embedder(Protocol):
    """A model that places texts so that those of like meaning are near each other."""

    @property
    def model(self) -> str:
        """The name of the model asked, as its provider spells it."""
        ...

    async def embed(self, texts: Sequence[str], use: Use, *, deadline_seconds: float) -> Embeddings:
        """One row per text, in their order, each of length one. A long text counts by its start.

        Raises the ChatFailed errors a ChatModel raises, save ReplyInvalid.
        """
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """Evidence, best first, and the way it was found, as provenance tells it."""

    evidence: tuple[Evidence, ...]
    found_by: str


class Retriever(Protocol):
    """A way to find what a segment's own words say that bears on a text."""

    async def find(self, text: str, verbatims: Sequence[Evidence], most: int) -> Found:
        """At most `most` of the verbatims. Never fails for want of a model; `found_by` tells."""
        ...

    def found(self, text: str, verbatims: Sequence[Evidence], most: int) -> Found | None:
        """The same for those who are off the event loop; None when this way waits for a model."""
        ...


class ReactionModel(Protocol):
    """An engine: how a persona comes to its reaction to a scenario and its answer to a question.

    All that anybody may want to know of an engine is here, and nobody asks of what class one is:
    it may be wrapped. A wrapper has all of it, or it does not pass for an engine.
    """

    @property
    def engine(self) -> Engine:
        """The name reactions carry in their provenance."""
        ...

    @property
    def asks(self) -> str | None:
        """The language model it asks, as its provider spells it; None when it asks none."""
        ...

    async def react(
        self,
        scenario: Scenario,
        persona: Persona,
        panel: Panel,
        seed: int,
        earlier: Sequence[str] = (),
    ) -> Reaction:
        """The persona's reaction, speaking for its segment's customers that the panel admits.

        `earlier` are the lines of a conversation before; an engine that asks a language model shows
        them to it. Raises InvalidInput when the panel admits no customer of the segment, and
        ChatFailed when it needs a language model and that fails.
        """
        ...

    async def answer(
        self, persona: Persona, known: Answer, seed: int, earlier: Sequence[str] = ()
    ) -> Answer:
        """The persona's answer, `known` being what its figures and its segment's words say to it.

        An engine that asks no language model has nothing to add to `known`. Raises as `react` does.
        """
        ...


class SimulationStore(Protocol):
    """Durable simulations: what a method returned from is on disk.

    Any number of processes may share a store. All methods block; call them off the event loop.
    Raises Unavailable when the store cannot be used; nothing is then acknowledged.
    """

    def submit(  # noqa: PLR0913 - all of it is accepted at once or not at all
        self,
        simulation_id: str,
        request: SimulationRequest,
        calls: Sequence[Call],
        idempotency: Idempotency | None = None,
        *,
        tenant: str = PUBLIC,
        replay_of: str | None = None,
        allowance: Allowance | None = None,
        left_out: Sequence[LeftOut] = (),
    ) -> tuple[Simulation, bool]:
        """Put a simulation on disk. True means an earlier one with this key was returned instead.

        Only what is put there counts against the allowance. Raises IdempotencyConflict when the key
        came before with another request, QueueFull when the unfinished calls would exceed the
        store's limit, QuotaExceeded when the allowance does not have the calls.
        """
        ...

    def find_submitted(self, idempotency: Idempotency, tenant: str = PUBLIC) -> Simulation | None:
        """What came under this key before, or None. Raises IdempotencyConflict."""
        ...

    def get(self, simulation_id: str, tenant: str | None = None) -> Simulation | None:
        """The simulation, or None; a tenant sees its own only, the service itself (None) all."""
        ...

    def is_gone(self, simulation_id: str, tenant: str | None = None) -> bool:
        """Whether there was such a simulation, deleted or expired not too long ago."""
        ...

    def page(
        self,
        limit: int,
        after: str | None = None,
        state: SimulationState | None = None,
        label: str | None = None,
        *,
        tenant: str | None = None,
    ) -> tuple[Sequence[Simulation], str | None]:
        """Newest first, at most `limit`; and the `after` of the next page, None at the end.

        `label` is written `name:value`, where both may have colons of their own.
        """
        ...

    def records(self, simulation_id: str, limit: int, after: int = -1) -> Sequence[CallRecord]:
        """Calls with an index above `after`, by index, whatever their state."""
        ...

    def marks(self, simulation_ids: Sequence[str]) -> Mapping[str, Mark]:
        """How far each of these simulations is; those that are not there are left out."""
        ...

    def ended(
        self, simulation_id: str, limit: int, after: int = 0
    ) -> Sequence[tuple[int, CallRecord]]:
        """Calls that ended with a number above `after`, by number.

        Those that were set aside have no number. Once a number was seen here, no lower one appears
        any more.
        """
        ...

    def claim(self, owner: str, limit: int, lease_seconds: float) -> Sequence[LeasedCall]:
        """Lease up to `limit` calls that are ready or past their lease.

        Fair over tenants, then over the simulations of each. What a budget forbids is called off; a
        call whose lease has run out too often fails, for it may be what ends its workers.
        """
        ...

    def extend(self, leased: Sequence[LeasedCall], lease_seconds: float) -> Sequence[LeasedCall]:
        """Push the leases out; returns those still held and wanted.

        Stop working on the others, which were cancelled or passed on, and release them.
        """
        ...

    def finish(
        self,
        leased: LeasedCall,
        outcome: Reaction | Failure,
        latency_ms: float,
        spent: Spent | None = None,
    ) -> bool:
        """Store a call's outcome; False, storing nothing, when the lease had passed to another.

        `spent` is what it took since it was reserved for last. Raises NotStorable.
        """
        ...

    def reserve(self, leased: LeasedCall, spent: Spent) -> bool:
        """Whether a budgeted call may make one more request to a language model, counted thereby.

        Keeps in any case what it has spent since. False, too, when the lease passed to another.
        """
        ...

    def call_off(self, leased: LeasedCall, spent: Spent) -> bool:
        """Cancel a call that the budget has no further request for."""
        ...

    def put_off(self, leased: LeasedCall, seconds: float, spent: Spent) -> bool:
        """Hand a call back that failed, to be tried again not before so many seconds."""
        ...

    def release(self, leased: Sequence[LeasedCall], spent: Sequence[Spent] = ()) -> None:
        """Hand calls back unfinished, so that another worker need not wait for the lease.

        `spent` says of each, in their order, what it took; nothing by default. Those of a
        simulation that is cancelling are cancelled thereby.
        """
        ...

    def unconcluded(self, limit: int) -> Sequence[str]:
        """Simulations whose calls are all over but which have no final state yet."""
        ...

    def conclude(
        self,
        simulation_id: str,
        state: SimulationState,
        summary: Summary | None,
        error: Failure | None,
        replay: Replay | None = None,
    ) -> bool:
        """Give a simulation its final state; False, changing nothing, when it already had one.

        Or when some of its calls are not over. One that is cancelling becomes cancelled.
        """
        ...

    def set_aside(self, simulation_id: str) -> None:
        """Have a simulation fail that cannot be read. Claims do so of themselves."""
        ...

    def mend(self) -> None:
        """Set aside what is damaged such that neither claims nor conclusions come across it."""
        ...

    def cancel(self, simulation_id: str) -> Simulation | None:
        """Call off what has not begun and have workers stop; as it then is, None if there is none.

        A final simulation stays as it is.
        """
        ...

    def retry(self, simulation_id: str, budget: Budget | None = None) -> Simulation | None:
        """Have failed and cancelled calls tried again, under a new budget if there is one.

        Raises StateConflict when it is not final, has no such call or has used up its budget, and
        QueueFull.
        """
        ...

    def delete(self, simulation_id: str) -> bool:
        """Remove all of a simulation; False when there is none. Raises StateConflict unless final.

        Its id is remembered as gone.
        """
        ...

    def expire(self, kept_seconds: float, limit: int, *, delivered_only: bool) -> int:
        """Delete up to `limit` simulations that ended longer ago; returns how many.

        Batches, and ids of what is gone, of that age go too. `delivered_only` spares what the log
        has not heard of.
        """
        ...

    def undelivered(self, limit: int) -> Sequence[str]:
        """Concluded simulations that were not noted as delivered, oldest first."""
        ...

    def note_delivered(self, simulation_id: str) -> None:
        """Note that the log has all of a concluded simulation."""
        ...


class SimulationLog(Protocol):
    """Where concluded simulations are kept for others to query. Raises Unavailable."""

    def record(self, simulation: Simulation, records: Sequence[CallRecord]) -> None:
        """Keep every call of a simulation; to do so again changes nothing."""
        ...


class Export(Protocol):
    """A kind of file that a finished simulation can be had as."""

    @property
    def media_type(self) -> str:
        """What the file is, for Content-Type."""
        ...

    @property
    def suffix(self) -> str:
        """The end of its name, without the dot."""
        ...

    def write(self, simulation: Simulation, records: Iterable[CallRecord]) -> Iterator[bytes]:
        """The file in pieces, from records in the order of their index. Blocks."""
        ...


class BatchStore(Protocol):
    """Durable batches of rows; what is said of SimulationStore holds here too."""

    def keep_batch(self, batch_id: str, batch: Batch, *, tenant: str = PUBLIC) -> Batch:
        """Put a batch on disk. Whoever comes first under an id wins: the batch kept is returned.

        The id is unique over all tenants: make it of the tenant's name too.
        """
        ...

    def find_batch(self, batch_id: str) -> Batch | None:
        """The batch kept under this id, or None."""
        ...


class ConversationStore(Protocol):
    """Durable conversations; what is said of SimulationStore holds here too.

    A tenant sees its own only, and none whose time is over.
    """

    def get(self, conversation_id: str, tenant: str) -> Conversation | None:
        """The conversation, or None."""
        ...

    def turns(
        self, conversation_id: str, tenant: str, limit: int, after: int = -1
    ) -> Sequence[Turn]:
        """At most `limit` turns with an index above `after`, by index."""
        ...

    def add(
        self, conversation_id: str, tenant: str, persona: Persona, said: Turn, keeping: Keeping
    ) -> None:
        """Keep the next turn; the turn 0 opens the conversation. Removes those that are over.

        Raises StateConflict when it is not the next turn: another came in between.
        """
        ...

    def delete(self, conversation_id: str, tenant: str) -> bool:
        """Remove a conversation and its turns; False when there was none."""
        ...

    def expire(self) -> int:
        """Remove conversations whose time is over; how many."""
        ...


class WebhookStore(Protocol):
    """Durable webhooks of a SimulationStore; what is said there holds here too.

    A webhook is laid down together with its simulation, and due once that has ended.
    """

    def claim_webhooks(self, owner: str, limit: int, lease_seconds: float) -> Sequence[DueWebhook]:
        """Lease webhooks that are due, or past their lease, and count one try more of each."""
        ...

    def settle_webhook(self, due: DueWebhook, failure: WebhookFailed | None) -> bool:
        """Note how a try went: delivered, due again later, or given up.

        False, changing nothing, when the lease had passed to another.
        """
        ...


class WebhookSender(Protocol):
    """The way to receivers."""

    async def check(self, url: str) -> None:
        """Raise InvalidInput for a URL that would be refused."""
        ...

    async def send(self, due: DueWebhook) -> None:
        """Tell the receiver, once. Raises WebhookFailed."""
        ...


class BacklogStore(Protocol):
    """A store that can tell how much waits in it, cheaply enough to be asked every few seconds."""

    def backlog(self) -> Backlog:
        """What is not over yet, of everybody. Raises Unavailable."""
        ...


class DamageStore(Protocol):
    """A store that knows what of it cannot be read."""

    def damage(self, limit: int) -> Sequence[Damage]:
        """At most `limit` rows that cannot be read. Reads all there is; blocks."""
        ...


class KeyStore(Protocol):
    """API keys that all processes of a service share. All methods block. Raises Unavailable."""

    def add(self, key: ApiKey) -> None:
        """Keep a new key."""
        ...

    def find(self, key_id: str) -> ApiKey | None:
        """The key with this id, also when it is no longer good, or None."""
        ...

    def any(self) -> bool:
        """Whether a key was ever made, good or not."""
        ...

    def all(self) -> Sequence[ApiKey]:
        """Every key there ever was, oldest first."""
        ...

    def revoke(self, key_id: str, now: datetime) -> bool:
        """Make a key useless for good; False when there is none or it was revoked before."""
        ...

    def note_use(self, key_id: str, now: datetime) -> None:
        """Note that a key let somebody in."""
        ...


class QuotaStore(Protocol):
    """Reactions each tenant has had on a day. All methods block. Raises Unavailable."""

    def take(self, tenant: str, day: date, calls: int, most: int) -> bool:
        """Count `calls` more, unless the day would then have more than `most`: False, none."""
        ...

    def give_back(self, tenant: str, day: date, calls: int) -> None:
        """Count `calls` less: they were taken and not used."""
        ...
