"""Which addresses on the network a model may reach: public ones, and nothing in our own house.

The tables are IANA's (iana-ipv4-special-registry, iana-ipv6-special-registry, ipv6-address-space)
and not those of `ipaddress`, which differ from one Python to the next and call some of these
global. A few which IANA calls global are here too: no page is at a relay or a black hole.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

from aiohttp.abc import AbstractResolver, ResolveResult

Address: TypeAlias = IPv4Address | IPv6Address
Allowed: TypeAlias = Callable[[Address, int], bool]

PORTS = frozenset({80, 443})
"""Where pages are, unless the configuration names other ports."""

_CLOSED_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by a carrier's customers
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; clouds tell their secrets at 169.254.169.254
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112: black holes
        "192.52.193.0/24",  # AMT relays
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/3",  # multicast, reserved, broadcast
    )
)
_OPEN_6 = IPv6Network("2000::/3")  # all that is given out as global unicast
_CLOSED_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarking, AMT, AS112
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, each an IPv4 address of anybody's
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
# The last 32 bits of these are an IPv4 address: RFC 4291 (mapped), RFC 6052 (NAT64).
_HOLD_4 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
_ISATAP = 0x5EFE  # RFC 5214: in any network, before an IPv4 address inside of it

_LOOKUPS = 8
"""Names that are looked up at once, in threads of their own: a slow one holds one of these, and
nothing else in the process.
"""
_threads = ThreadPoolExecutor(_LOOKUPS, "fetch-names")


class NotAllowed(OSError):
    """An address that is not to be reached. An OSError, as aiohttp expects of a resolver."""


def public(address: Address, port: int, ports: Collection[int] = PORTS) -> bool:
    """Whether it is on the public internet, at a port where pages are."""
    return port in ports and _is_public(address)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED_4)
    if any(address in network for network in _HOLD_4):
        return _is_public(_last_32(address))
    if int(address) >> 32 & 0xFDFF_FFFF == _ISATAP and not _is_public(_last_32(address)):
        return False
    return address in _OPEN_6 and not any(address in network for network in _CLOSED_6)


def _last_32(address: IPv6Address) -> IPv4Address:
    return IPv4Address(int(address) & 0xFFFF_FFFF)


def may_be_asked(host: str, port: int, allowed: Allowed) -> bool:
    """Whether a host is allowed, if it is an address. Names are for `Resolver` to judge.

    aiohttp asks no resolver about anything that has only digits and dots or a colon, and older
    versions connect to spellings such as 127.1; those are not allowed.
    """
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return ":" not in host and not host.replace(".", "").isdigit()
    return allowed(address, port)


class Resolver(AbstractResolver):
    """Looks names up, and gives out an address only where all of the name's addresses are allowed.

    What it gives out is what aiohttp connects to, so a name cannot change between check and use.
    It is not asked about hosts that are addresses already: see `may_be_asked`.
    """

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Raises `NotAllowed`, or another OSError where there is no such name."""
        found = await asyncio.get_running_loop().run_in_executor(
            _threads, _looked_up, host, port, family
        )
        if not all(may_be_asked(each["host"], port, self._allowed) for each in found):
            raise NotAllowed(host)
        return found

    async def close(self) -> None:
        """Nothing is kept."""


def _looked_up(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
    """Every address of a name, as aiohttp wants them: numbers only."""
    numeric = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV
    found = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
    return [
        ResolveResult(
            hostname=host, host=str(at[0]), port=port, family=each, proto=proto, flags=numeric
        )
        for each, _, proto, _, at in found
    ]
