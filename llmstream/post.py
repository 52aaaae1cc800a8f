"""`post()`: anything that can be posted, into a room. The only way to send, for all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeAlias

from aiohttp import ClientError
from mautrix.errors import MatrixError, MForbidden

from .adapters import Stream, check, chunks_of
from .chunks import Chunk, Usage
from .document import Document
from .finish_reasons import ended_early
from .markdown.plain import clean
from .matrix.buttons import Buttons, react
from .matrix.content.events import Relation
from .matrix.content.style import About, Ending, Signature, Status, Style
from .matrix.live import Live
from .matrix.reading.capabilities import Capabilities
from .matrix.reading.platforms import Platforms
from .matrix.sending.budget import BudgetStore
from .matrix.sending.encryption import is_encrypted
from .matrix.sending.outcome import Reason, Refused, SendError
from .matrix.sending.scheduler import Scheduler
from .matrix.sending.typing import Typing
from .plan import Plan, StreamingPlan

log = logging.getLogger(__name__)

Postable: TypeAlias = str | Stream | StreamingPlan | Plan

Conclude: TypeAlias = Callable[[Document, BaseException | None], Ending | Awaitable[Ending]]


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that the server has.

    Args:
        event_ids: The first event of each of its messages; more than one where it was too large.
        text: The exact Markdown, without footer or notes.
        status: How it ended.
        finish_reason: What the model said; '' where it said nothing.
        usage: Tokens, as far as the stream reported them.
        seconds: From the call of `post()` to the end of the stream.
        cost: In US dollars, where the stream reports it or `About` has prices.
        edits: How many of them the server has taken.
        error: What the stream raised, where `status` is "failed".
    """

    event_ids: tuple[str, ...]
    text: str = ""
    status: Status = "complete"
    finish_reason: str = ""
    usage: Usage = field(default_factory=Usage)
    seconds: float = 0.0
    cost: Decimal | None = None
    edits: int = 0
    error: BaseException | None = None


async def post(
    client: Any,
    room_id: str,
    postable: Postable,
    *,
    reply_to: str | None = None,
    thread: str | None = None,
    mention: str | None = None,
    style: Style | None = None,
    about: About | None = None,
    conclude: Conclude | None = None,
    document: Document | None = None,
    rewrite: Sequence[str] = (),
    on_begun: Callable[[str], None] | None = None,
    on_shown: Callable[[str, str], None] | None = None,
    on_sending: Callable[[], None] | None = None,
    on_finished: Callable[[Posted], None] | None = None,
    typing: bool = True,
    patient: bool = False,
    elapsed: float = 0.0,
    name: str = "",
    budgets: BudgetStore | None = None,
    platforms: Platforms | None = None,
) -> Posted:
    """Post a text, a stream, a `StreamingPlan` or a `Plan` into a room; a stream is watched as it
    comes.

        await post(client, "!room:server", stream, reply_to=event.event_id)

    Cancelling the task finishes the message as "stopped" before the cancellation goes on. A stream
    that raises finishes it as "failed" with what came: look at `Posted.status` and `.error`.

    Args:
        client: Any mautrix client that is logged in.
        room_id: Where.
        postable: A str; an async or plain iterable of str, chunks or events of a known package
            (also awaitable, or as the context manager that the package's `stream()` gives); a
            plan. It is closed on every way out.
        reply_to: The event that this answers.
        thread: The root event of the thread to stand in.
        mention: The user whose phone rings, see `Style.notify`.
        style: How it behaves in the room; what the room bears behind a bridge (length, edits) is
            seen to in any case.
        about: Where the answer comes from, for the footer and for machines.
        conclude: Says how a stream has ended, and the line for it; by default `concluded`. An
            async one is awaited before the last event is sent. If it raises, none is.
        document: What the stream writes, for who wants to look at it meanwhile, and what came
            before the stream. A `Plan` brings its own.
        rewrite: Event ids of an earlier post, which this one replaces in place.
        on_begun: Hears the id of each message's first event as soon as the server has it.
        on_shown: Hears the first event's id and the words of a message whenever the server has
            taken new ones: what people can see from then on.
        on_sending: Hears each time that more of it is about to be sent, but for its end.
        on_finished: Hears what is returned, also where the task is cancelled and nothing is.
        typing: Show the typing indicator while it works.
        patient: It need not be there at once: where the account's rate limit is short, answers go
            first.
        elapsed: Seconds that it took before, for the footer.
        name: Its own, the same where a later process may have to post it again: what was sent
            under this name is not sent twice.
        budgets: Where the account's learned rate limit outlives the process.
        platforms: What is known of the platforms behind bridges, where that is not
            `matrix/reading/platforms.toml`.

    Returns:
        The finished message. For a `Plan`, the message as it stands: `plan.complete()` finishes
        it.

    Raises:
        SendError: The room does not take it: not a member, no power to speak, event too large.
        TypeError: `postable` is none of these.
        ValueError: The `Plan` is in a room already.
        asyncio.CancelledError: After the message was finished.
    """
    wish = postable if isinstance(postable, StreamingPlan) else None
    document = postable.document if isinstance(postable, Plan) else document or Document()
    stream = postable.stream if isinstance(postable, StreamingPlan) else postable
    if not isinstance(stream, Plan | str):
        check(stream)
    scheduler = Scheduler.of(client, budgets)
    delivery_of = Capabilities.of_client(client).of
    looking = asyncio.gather(_may_be_encrypted(client, room_id), delivery_of(room_id, platforms))
    cancelled: asyncio.CancelledError | None = None
    try:
        encrypted, delivery = await asyncio.shield(looking)
    except asyncio.CancelledError as error:
        if not rewrite or isinstance(stream, Plan):
            looking.cancel()
            raise
        cancelled = error  # what the room has of it gets its end
        encrypted, delivery = await looking

    def begin(event_ids: Sequence[str]) -> Live:
        return Live(
            scheduler,
            room_id,
            document,
            delivery.shape(_style(style, wish, isinstance(stream, str), bool(mention))),
            relation=Relation(reply_to or "", thread or ""),
            mention=mention or "",
            about=about or About(),
            encrypted=encrypted,
            rewrite=event_ids,
            on_begun=on_begun,
            on_shown=on_shown,
            on_sending=on_sending,
            patient=patient,
            elapsed=elapsed,
            name=name,
        )

    if isinstance(stream, Plan):
        return Posted(await stream.show(begin, rewrite))
    chunks = chunks_of([stream] if isinstance(stream, str) else stream)
    async with AsyncExitStack() as stack:
        if typing:
            await stack.enter_async_context(Typing(client, room_id))
        live = begin(rewrite)
        posted = await _write(
            live, document, chunks, conclude or concluded, on_finished, cancelled
        )
    if wish and wish.end_with and delivery.takes_reactions(wish.end_with):
        arriving = wish.end_with[: delivery.most_reactions or None]
        await _offer(client, scheduler, room_id, posted, replace(wish, end_with=arriving))
    return posted


def concluded(document: Document, error: BaseException | None) -> Ending:
    """How a stream has ended, in words for the room.

    For other words, hand `post()` a function like this.
    """
    match error:
        case asyncio.CancelledError():
            return Ending("stopped", "⏹️ Stopped.")
        case BaseException():
            log.error("A stream broke off", exc_info=error)
            return Ending("failed", f"⚠️ The answer broke off ({type(error).__name__}).")
    early = ended_early(document.finish_reason)
    empty = not clean(document.text).strip() and not document.tasks and not document.plan
    if empty and document.finish_reason != "length":
        return Ending("failed", " ".join(["⚠️ The model sent no text.", early]).strip())
    return Ending("cut_off", f"✂️ {early}") if early else Ending()


async def _may_be_encrypted(client: Any, room_id: str) -> bool:
    """Where the server cannot say now, the smaller limit is right for both: it is asked again."""
    try:
        return await is_encrypted(client, room_id)
    except MForbidden as error:
        raise SendError(Refused(Reason.FORBIDDEN, None, "we are not in this room")) from error
    except (MatrixError, ClientError, TimeoutError):
        return True


def _style(style: Style | None, wish: StreamingPlan | None, whole: bool, mention: bool) -> Style:
    # Without anybody to mention, only a first event that is text makes a phone ring.
    style = style or Style(notify="done" if mention else "first")
    if whole:
        return replace(style, single=True)
    if wish is None:
        return style
    placeholder = style.placeholder if wish.placeholder is None else wish.placeholder
    return replace(
        style,
        group_tasks=wish.group_tasks,
        edit_interval_ms=wish.update_interval_ms,
        placeholder=placeholder,
    )


async def _write(
    live: Live,
    document: Document,
    stream: AsyncGenerator[Chunk, None],
    conclude: Conclude,
    on_finished: Callable[[Posted], None] | None,
    error: BaseException | None = None,
) -> Posted:
    """Let the stream write, and end the message whichever way that ends; at once with an error."""
    try:
        async with aclosing(stream) as chunks:
            if error:
                raise error
            async for chunk in chunks:
                await live.add(chunk)
    except SendError:
        live.abandon()
        raise
    except (Exception, asyncio.CancelledError) as raised:
        error = raised
    try:
        ending = conclude(document, error)
        signature = await live.finish(ending if isinstance(ending, Ending) else await ending)
    finally:
        live.abandon()
    posted = _posted(live, signature, error)
    if on_finished:
        on_finished(posted)
    if isinstance(error, asyncio.CancelledError):
        raise error
    return posted


def _posted(live: Live, signature: Signature, error: BaseException | None) -> Posted:
    document = signature.document
    return Posted(
        event_ids=live.event_ids,
        text=document.text,
        status=signature.ending.status,
        finish_reason=document.finish_reason,
        usage=document.usage,
        seconds=signature.seconds,
        cost=signature.cost,
        edits=live.edits,
        error=error,
    )


async def _offer(
    client: Any, scheduler: Scheduler, room_id: str, posted: Posted, wish: StreamingPlan
) -> None:
    event_id = posted.event_ids[-1]
    if wish.on_button:
        Buttons.of(client).hear(event_id, wish.end_with, wish.on_button)
    await react(scheduler, room_id, event_id, wish.end_with)
