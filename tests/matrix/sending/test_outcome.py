"""What a server's answer means, whatever stands between it and us."""

from __future__ import annotations

import json
import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmstream.matrix.sending.outcome import Reason, Refused, Sent, read

LIMITED = {"errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests"}


def refused(status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> Refused:
    outcome = read(status, headers or {}, body, 0.1)
    assert isinstance(outcome, Refused)
    return outcome


def test_an_event_id_means_sent() -> None:
    assert read(200, {}, b'{"event_id":"$a"}', 0.1) == Sent("$a", 0.1)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (413, b'{"errcode":"M_TOO_LARGE","error":"event too large"}', Reason.TOO_LARGE),
        (413, b"<html>Request Entity Too Large</html>", Reason.TOO_LARGE),
        (403, b'{"errcode":"M_FORBIDDEN","error":"not in room"}', Reason.FORBIDDEN),
        (404, b'{"errcode":"M_NOT_FOUND","error":"?"}', Reason.GONE),
        (
            400,
            b'{"errcode":"M_UNKNOWN","error":"Can\'t send relation to unknown event"}',
            Reason.GONE,
        ),
        (403, b"<html>Forbidden</html>", Reason.GATEWAY),
        (404, b"404 page not found", Reason.GATEWAY),
        (410, b"{}", Reason.GATEWAY),
        (401, b"", Reason.GATEWAY),
        (400, b"<html>Bad Request</html>", Reason.GATEWAY),
        (403, b'{"errcode":"ORG_EXAMPLE_NO","error":"?"}', Reason.FORBIDDEN),
        (400, b'{"errcode":"M_BAD_JSON","error":"?"}', Reason.INVALID),
        (401, b'{"errcode":"M_UNKNOWN_TOKEN","error":"?"}', Reason.GATEWAY),
        (401, b'{"errcode":"M_MISSING_TOKEN","error":"?"}', Reason.GATEWAY),
        (404, b'{"errcode":"M_UNRECOGNIZED","error":"?"}', Reason.GATEWAY),
        (307, b"", Reason.GATEWAY),
        (400, b'{"errcode":"M_LIMIT_EXCEEDED","error":"?"}', Reason.RATE_LIMITED),
        (429, b"", Reason.RATE_LIMITED),
        (500, b'{"errcode":"M_UNKNOWN","error":"Internal server error"}', Reason.UNAVAILABLE),
        (502, b"<html>Bad Gateway</html>", Reason.UNAVAILABLE),
        (503, b"", Reason.UNAVAILABLE),
        (504, b"<html>Gateway Time-out</html>", Reason.LOST),
        (200, b"<html>Welcome to our Wi-Fi</html>", Reason.LOST),
        (200, b"{}", Reason.LOST),
    ],
)
def test_a_refusal_has_a_reason(status: int, body: bytes, reason: Reason) -> None:
    assert refused(status, body).reason is reason


def test_no_page_says_of_a_small_event_that_it_is_too_large() -> None:
    page = b"<html>Request Entity Too Large</html>"
    said = b'{"errcode":"M_TOO_LARGE","error":"event too large"}'
    for size, body, reason in (
        (1_000, page, Reason.GATEWAY),
        (10_000, page, Reason.TOO_LARGE),
        (1_000, said, Reason.TOO_LARGE),
    ):
        outcome = read(413, {}, body, 0.1, size)
        assert isinstance(outcome, Refused)
        assert outcome.reason is reason


@pytest.mark.parametrize(
    ("body", "headers", "seconds"),
    [
        ({**LIMITED, "retry_after_ms": 4452}, {"Retry-After": "5"}, 4.452),
        ({**LIMITED, "retry_after_ms": -3}, {}, 0.0),
        (LIMITED, {"Retry-After": "7"}, 7.0),
        ({**LIMITED, "retry_after_ms": "soon"}, {"Retry-After": " 7 "}, 7.0),
        (LIMITED, {}, None),
        (LIMITED, {"Retry-After": "tomorrow"}, None),
        (LIMITED, {"Retry-After": "Fri, 01 Jan 1990 00:00:00 GMT"}, 0.0),
    ],
)
def test_the_time_to_wait_is_read_from_body_and_header(
    body: object, headers: dict[str, str], seconds: float | None
) -> None:
    assert refused(429, json.dumps(body).encode(), headers).retry_after == seconds


def test_the_time_to_wait_may_be_a_date() -> None:
    header = {"Retry-After": formatdate(time.time() + 60, usegmt=True)}
    assert refused(429, b"slow down", header).retry_after == pytest.approx(60, abs=5)


def test_only_the_limit_makes_us_wait() -> None:
    assert refused(503, b"", {"Retry-After": "60"}).retry_after is None


@given(
    status=st.integers(200, 599),
    body=st.one_of(st.binary(), st.text().map(str.encode), st.from_regex(rb'\{"[a-z_]+":.*\}')),
    header=st.text(),
)
def test_no_answer_is_too_strange(status: int, body: bytes, header: str) -> None:
    outcome = read(status, {"Retry-After": header}, body, 0.1)
    assert isinstance(outcome, Sent | Refused)
    assert isinstance(outcome, Sent) or len(outcome.text) <= 200


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        (1500, 1.5),
        (0, 0.0),
        (-5000, 0.0),
        ("1000", None),
        (36_000_000, None),
        (10**400, None),
        (float("inf"), None),
        (float("nan"), None),
        (True, None),
        ([1], None),
    ],
)
def test_a_server_that_says_to_wait_absurdly_says_nothing(
    said: object, seconds: float | None
) -> None:
    body = json.dumps({**LIMITED, "retry_after_ms": said}).encode()
    assert refused(429, body).retry_after == seconds


@pytest.mark.parametrize(
    ("words", "may_pass"),
    [
        ("User @bot:here not in room !r:here (None)", False),
        (
            "You don't have permission to post that to the room. user_level (0) < send_level (50)",
            False,
        ),
        ("This message has been rejected as probable spam", True),
        ("", True),
    ],
)
def test_a_filter_is_not_the_room(words: str, may_pass: bool) -> None:
    body = json.dumps({"errcode": "M_FORBIDDEN", "error": words}).encode()
    assert refused(403, body).may_pass is may_pass
