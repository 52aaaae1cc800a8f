"""Which addresses are on the public internet, and at which ports pages are."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from llmstream.bot.tools.public_hosts import public


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "192.168.1.1",
        "0.0.0.0",
        "224.0.1.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fd00::1",
        "ff0e::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "2002:101:101::",
        "192.0.0.1",
        "192.0.0.9",
        "192.0.0.170",
        "192.0.2.1",
        "192.31.196.1",
        "192.52.193.1",
        "192.88.99.1",
        "192.175.48.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.1",
        "203.0.113.1",
        "239.255.255.255",
        "0.1.2.3",
        "172.31.255.255",
        "100.127.255.255",
        "::7f00:1",
        "::101:101",
        "::ffff:0:7f00:1",
        "::ffff:0:101:101",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::c0a8:1",
        "64:ff9b:1::101:101",
        "100::1",
        "100:0:0:1::1",
        "2001::1",
        "2001:0:101:101::",
        "2001:2::1",
        "2001:3::1",
        "2001:4:112::1",
        "2001:10::1",
        "2001:20::1",
        "2001:30::1",
        "2001:1ff::1",
        "2001:db8::1",
        "2620:4f:8000::1",
        "2606:4700::5efe:a00:1",
        "2606:4700::200:5efe:7f00:1",
        "3fff::1",
        "3fff:fff::1",
        "4000::1",
        "5f00::1",
        "8000::1",
        "fc00::1",
        "febf::1",
        "fec0::1",
        "feff::1",
        "ff02::1",
    ],
)
def test_private_addresses_are_not_public(address: str) -> None:
    assert not public(ip_address(address), 443)


@pytest.mark.parametrize(
    "address",
    [
        "1.1.1.1",
        "9.255.255.255",
        "100.63.255.255",
        "172.32.0.1",
        "192.0.1.1",
        "192.88.98.1",
        "223.255.255.255",
        "2606:4700::1111",
        "2001:200::1",
        "2a00:1450:4001::1",
        "64:ff9b::101:101",
        "::ffff:1.1.1.1",
    ],
)
def test_public_addresses_are_public_at_the_ports_for_pages(address: str) -> None:
    assert public(ip_address(address), 443)
    assert public(ip_address(address), 80)
    for port in (22, 8000, 8008, 8080, 8443):
        assert not public(ip_address(address), port)
        assert public(ip_address(address), port, {port})
