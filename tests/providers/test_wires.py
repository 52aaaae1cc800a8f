"""What real servers have sent, as it went over the wire: read whole, and cut at every byte.

The wires of `wires/` are written from public reports; each name begins with the API that it is of.
"""

from __future__ import annotations

import pytest

from .replay import WIRES, Wire, expected, heard_of, simplified


@pytest.mark.parametrize("wire", WIRES, ids=str)
async def test_a_wire_is_read_as_it_is_meant(wire: Wire) -> None:
    assert simplified(await heard_of(wire.api, [wire.body], wire.media_type)) == expected(wire)


@pytest.mark.slow
@pytest.mark.parametrize("wire", WIRES, ids=str)
async def test_where_a_wire_is_cut_makes_no_difference(wire: Wire) -> None:
    for at in range(1, len(wire.body)):
        pieces = [wire.body[:at], wire.body[at:]]
        assert simplified(await heard_of(wire.api, pieces, wire.media_type)) == expected(wire)


@pytest.mark.parametrize("wire", WIRES, ids=str)
async def test_a_wire_may_come_byte_by_byte(wire: Wire) -> None:
    pieces = [bytes([byte]) for byte in wire.body]
    assert simplified(await heard_of(wire.api, pieces, wire.media_type)) == expected(wire)
