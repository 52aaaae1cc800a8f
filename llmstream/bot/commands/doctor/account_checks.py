"""The account on its homeserver: how much it may send, its clock, its device.

The rate limit is not tried out: what counts is what the server has taken and refused of the
answers so far, which costs nobody anything.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from functools import partial
from urllib.parse import quote

from ....matrix.sending.encryption import is_encrypted
from ...own_device import Standing, own_device
from ...phrases import count
from ..call import Call
from ..status import encryption_mode
from .finding import Check, Finding, Level
from .homeserver_asked import ask

# What Synapse's default takes within a minute: ten events, and one more in five seconds.
_BY_DEFAULT = 22
_MINUTE = 60.0
_SKEW = 5.0  # seconds; the server says whole ones
_DEFAULT = "By default Synapse lets an account send ten events, and then one in five seconds."


def account_checks(call: Call) -> list[Check]:
    """Of the account, for admins."""
    return [
        Check("Rate limit", partial(_rate_limit, call)),
        Check("Clock", partial(_clock, call)),
        Check("The account's encryption", partial(_device, call)),
    ]


async def _rate_limit(call: Call) -> Finding:
    client, scheduler = call.instance.client, call.instance.scheduler
    user, counters = str(client.mxid), scheduler.counters
    lifted = await ask(
        client, "_synapse", "admin", "v1", "users", user, "override_ratelimit", as_bot=True
    )
    if lifted.status == 200 and lifted.body.get("messages_per_second") == 0:
        return Finding("lifted for this account by the homeserver's admin")
    if counters.rate is not None and counters.size is not None:
        return Finding(
            f"about {counters.rate * 60:.3g} events a minute, {counters.size:.0f} at once "
            f"({counters.available or 0:.0f} of them now); "
            f"refused {count(counters.rate_limited, 'time')} for more since the start",
            "better",
            f"With more, answers are edited more often. {await _how_to_lift(call)}",
        )
    busiest = scheduler.busiest(_MINUTE)
    if busiest > _BY_DEFAULT:
        return Finding(f"none met, with {busiest} events in one minute")
    seen = f"none met so far, in {count(counters.events, 'event')}"
    if await _software(call) != "Synapse":
        return Finding(seen)
    return Finding(seen, "better", f"{_DEFAULT} {await _how_to_lift(call)}")


async def _how_to_lift(call: Call) -> str:
    software = await _software(call)
    if software and software != "Synapse":
        return f"The configuration of {software} says how to raise it."
    client = call.instance.client
    path = f"_synapse/admin/v1/users/{quote(str(client.mxid), safe='@:')}/override_ratelimit"
    address = f"{str(client.api.base_url).rstrip('/')}/{path}"
    return (
        "A server admin of the homeserver lifts it for this account, at once, by the call below; "
        f"{call.form('forget limit')} then lets me believe it at once too.\n\n"
        "```sh\n"
        'curl -X POST -H "Authorization: Bearer $ADMIN_TOKEN" \\\n'
        '  -d \'{"messages_per_second": 0, "burst_count": 0}\' \\\n'
        f"  '{address}'\n"
        "```"
    )


async def _software(call: Call) -> str:
    """What the homeserver is, in a word of its own; '' where it does not say at this address.

    Where that path is on another port, Synapse says it in its admin API, to anybody.
    """
    client = call.instance.client
    said = await ask(client, "_matrix", "federation", "v1", "version")
    server = said.body.get("server")
    name = server.get("name") if isinstance(server, dict) else None
    if isinstance(name, str) and name.isalnum() and len(name) < 30:
        return name
    version = await ask(client, "_synapse", "admin", "v1", "server_version")
    return "Synapse" if version.body.get("server_version") else ""


async def _clock(call: Call) -> Finding:
    before = time.time()
    said = await ask(call.instance.client, "_matrix", "client", "versions")
    after = time.time()
    if not said.status:
        return Finding(
            "the homeserver did not answer",
            "bad",
            "Is it running, and is the client's homeserver address in maubot right?",
        )
    try:
        there = parsedate_to_datetime(said.headers["Date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return Finding("the homeserver does not say what time it has")
    ahead = (before + after) / 2 - there - 0.5  # it says the second that has begun
    took = f"it answers in {(after - before) * 1000:.0f} ms"
    if abs(ahead) <= _SKEW:
        return Finding(f"as the homeserver's; {took}")
    way = "ahead of" if ahead > 0 else "behind"
    return Finding(
        f"{abs(ahead):.0f} s {way} the homeserver's; {took}",
        "bad",
        "Questions may be taken for older or newer than they are. Let NTP set the clock of both "
        "machines.",
    )


async def _device(call: Call) -> Finding:
    client = call.instance.client
    device = await own_device(client)
    said = encryption_mode(device)
    here, elsewhere, remedy = _DEVICES.get(device.standing, ("good", "good", ""))
    level = here if await is_encrypted(client, call.room_id) else elsewhere
    return Finding(said, level, "" if level == "good" else remedy)


# How bad it is in an encrypted room, and in another, and what to do.
_DEVICES: Mapping[Standing, tuple[Level, Level, str]] = {
    Standing.OFF: (
        "bad",
        "good",
        "For encrypted rooms, give the client a device id in maubot, with a token made for that "
        "device, and maubot its `[encryption]` packages.",
    ),
    Standing.UNVERIFIED: (
        "bad",
        "better",
        "Clients warn of what it says; newer ones hide that, and give it no keys. On the client's "
        "page in maubot, *Verify* signs the device with the account's recovery key; for an "
        "account that never had one, *Generate recovery key* makes it, for you to keep.",
    ),
    Standing.REPLACED: (
        "bad",
        "bad",
        "Its keys were lost, as they are with maubot's database. Whose client knew it can neither "
        "read it nor be read. Log in anew (`mbc auth --update-client`), so that maubot's client "
        "has a new device and token, and verify that.",
    ),
    Standing.UNKNOWN: ("better", "better", "The homeserver does not say. Ask again in a minute."),
}
