"""How the bot stands in this room: what answers, how, within which limits, and what went wrong."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

from ...matrix.content.style import Style
from ...matrix.reading.delivery import Delivery
from ...matrix.sending.account import Counters
from ..config import RoomSettings
from ..own_device import OwnDevice, Standing, own_device
from ..phrases import code, count, listed
from ..room.allowances import allowances
from ..room.limits import HOUR
from ..room.triggers import Situation
from ..store import Answer
from .call import Call, Who
from .models import model_of

_PATIENCE = 5.0  # seconds with the database
_THREADS = {
    "auto": "answers stand where the question is",
    "always": "every answer stands in a thread",
    "never": "no answer stands in a thread",
}


async def status(call: Call) -> str:
    """All of it; what is wrong with the configuration only for those who can mend it."""
    instance, settings, room_id = call.instance, call.settings, call.room_id
    situation = await instance.situation_in(room_id)
    delivery = await instance.capabilities.of(room_id, call.configuration.platforms)
    lines = [
        f"**Model**: {_model(call)}",
        f"**Stream**: {stream_mode(settings, delivery)}",
        f"**Thread**: {settings.thread}, {_THREADS[settings.thread]}",
        f"**Trigger**: {trigger(situation)}",
        f"**History**: {_history(settings)}",
        *([] if situation.answers_all else [f"**Context**: {_context(settings)}"]),
        *([f"**Tools**: {code(settings.tools)}"] if settings.tools else []),
        *await _from_database(call),
        f"**Now**: {_now(call)}",
        f"**Homeserver**: {allowance(instance.scheduler.counters)}",
    ]
    if situation.encrypted or await call.may(Who.ADMINS):
        lines.append(f"**Encryption**: {encryption_mode(await own_device(instance.client))}")
    lines += [f"**Packages**: {each}" for each in instance.packages.state]
    problem = " ".join(
        [*(instance.configuration.problem or "").splitlines(), *instance.servers.mistakes]
    )
    if problem and await call.may(Who.ADMINS):
        lines.append(f"⚠️ **Configuration**: {problem}")
    return listed(lines)


async def _from_database(call: Call) -> list[str]:
    """What only the database knows, or that it does not answer."""
    try:
        async with asyncio.timeout(_PATIENCE):
            limits = await _limits(call)
            latest = await call.instance.store.answers.latest(call.room_id)
    except Exception:
        call.instance.log.exception("The database does not answer")
        return [
            "⚠️ **Database**: it does not answer, so that nothing is kept; maubot's log says why"
        ]
    failed = (
        [f"**Last error**: {_failure(latest)}"] if latest and latest.status == "failed" else []
    )
    return [f"**Limits**: {'; '.join(limits) or 'none'}", *failed]


def stream_mode(settings: RoomSettings, delivery: Delivery) -> str:
    """Whether answers are seen while they are written here, how often they change, and why."""
    why = "" if settings.stream == "auto" else "set so"
    style = delivery.shape(
        Style(
            stream=settings.stream,
            edit_interval_ms=settings.edit_interval_ms,
            max_edits=settings.max_edits,
        )
    )
    longest = f"; {style.longest_text:,} characters a message" if style.longest_text else ""
    if style.single:
        return f"single, one finished message: {why or delivery.why}{longest}"
    pace = f"edits, at most every {style.edit_interval_ms} ms and {style.max_edits} a message"
    if why and not delivery.edits:
        return f"{pace} ({why}, though {delivery.why}){longest}"
    return f"{pace}{f' ({delivery.why})' if delivery.why else ''}{longest}"


def trigger(situation: Situation) -> str:
    """What is taken for a question, and why."""
    if situation.is_direct and situation.trigger != "all":
        return "all, since this is a direct chat"
    said = {
        "command": "command, and nothing else",
        "mention": "mention: besides the command, mentions of me, replies to me, and threads in "
        "which I have answered",
        "all": "all, every message",
    }
    return said[situation.trigger]


def allowance(counters: Counters) -> str:
    """What the homeserver lets this account send, as far as it was met."""
    if counters.rate is None or counters.size is None:
        return "no rate limit met"
    available = "" if counters.available is None else f", {counters.available:.0f} of them now"
    return (
        f"about {counters.rate * 60:.3g} events a minute, {counters.size:.0f} at once{available}; "
        f"refused {count(counters.rate_limited, 'time')} for more"
    )


def encryption_mode(device: OwnDevice) -> str:
    """Whether the bot encrypts, and what others make of its device."""
    name = code(device.id)
    return {
        Standing.OFF: "off, so that encrypted rooms cannot be answered",
        Standing.UNKNOWN: f"on, device {name}; whether it is verified is not known",
        Standing.REPLACED: f"on, but the keys of device {name} are not those that others know",
        Standing.UNVERIFIED: f"on, device {name}, not verified",
        Standing.VERIFIED: f"on, device {name}, verified",
    }[device.standing]


def _model(call: Call) -> str:
    settings = call.settings
    provider = call.configuration.providers.get(settings.provider)
    if provider is None:
        return f"none: {code(settings.provider)} is not under `providers:`"
    model = model_of(settings, provider)
    return f"{code(model)} of {code(provider.name)}" if model else code(provider.name)


def _history(settings: RoomSettings) -> str:
    names = {"auto": "names in rooms of more than two", True: "with names", False: "no names"}
    return f"{count(settings.history_messages, 'message')}, {names[settings.include_names]}"


def _context(settings: RoomSettings) -> str:
    """What a question sees of what people said to each other before it."""
    most = min(settings.context_messages, settings.history_messages)
    if not most:
        return "none: a question outside threads and replies stands alone"
    return f"the room's last {count(most, 'message')}, for questions outside threads and replies"


async def _limits(call: Call) -> list[str]:
    """Each limit that is set, and what is left."""
    limits, used = call.configuration.limits, call.instance.store.usage
    now, said = time.time(), []
    if most := limits.answers_per_user_per_hour:
        asked = len(await used.times(now - HOUR, call.person))
        said.append(f"{_left(most, asked)} answers in an hour left for you")
    for one in allowances(limits, call.person, call.room_id, now):
        total = await used.total(one.since, person=one.person, room_id=one.room_id)
        whose = "for you" if one.person else "for this room"
        said.append(f"{one.left(one.of(total))} left {whose} {one.period}")
    if limits.answers_at_once:
        said.append(f"{count(limits.answers_at_once, 'answer')} at once, in all rooms")
    return said


def _left(most: int, used: int) -> str:
    return f"{max(0, most - used):,} of {most:,}"


def _now(call: Call) -> str:
    here = len(call.instance.running.in_room(call.room_id))
    everywhere = sum(1 for _ in call.instance.running)
    return f"{count(here, 'answer')} being written here, {everywhere:,} in all rooms"


def _failure(answer: Answer) -> str:
    server = answer.room_id.partition(":")[2]
    via = f"?via={server}" if server else ""
    link = f"https://matrix.to/#/{answer.room_id}/{answer.event_id}{via}"
    when = datetime.fromtimestamp(answer.created_at, UTC)
    return f"{when:%Y-%m-%d %H:%M} UTC, {code(answer.provider)}; [the answer]({link}) says why"
