"""The tables, version by version. For SQLite and PostgreSQL alike.

A step that has been released is never changed; a change is a new step. Times are milliseconds
since 1970, costs billionths of a US dollar.
"""

from __future__ import annotations

import json

from mautrix.util.async_db import Scheme, UpgradeTable
from mautrix.util.async_db.connection import LoggingConnection

upgrade_table = UpgradeTable(database_name="llmstream database")

_FIRST = (
    """CREATE TABLE answers (
        event_id         TEXT PRIMARY KEY,
        room_id          TEXT NOT NULL,
        question_id      TEXT NOT NULL,
        thread_root      TEXT NOT NULL,
        asker            TEXT NOT NULL,
        provider         TEXT NOT NULL,
        model            TEXT NOT NULL,
        text             TEXT NOT NULL,
        status           TEXT NOT NULL,
        finish_reason    TEXT NOT NULL,
        input_tokens     BIGINT,
        output_tokens    BIGINT,
        reasoning_tokens BIGINT,
        cost             DOUBLE PRECISION,
        created_at       BIGINT NOT NULL
    )""",
    "CREATE INDEX answers_by_question ON answers (room_id, question_id)",
    "CREATE INDEX answers_by_thread ON answers (room_id, thread_root, created_at)",
    "CREATE INDEX answers_by_time ON answers (created_at)",
    """CREATE TABLE answer_parts (
        event_id  TEXT PRIMARY KEY,
        answer_id TEXT NOT NULL REFERENCES answers (event_id) ON DELETE CASCADE,
        position  BIGINT NOT NULL
    )""",
    "CREATE INDEX answer_parts_by_answer ON answer_parts (answer_id, position)",
    """CREATE TABLE usage (
        id            TEXT PRIMARY KEY,
        room_id       TEXT NOT NULL,
        person        TEXT NOT NULL,
        provider      TEXT NOT NULL,
        model         TEXT NOT NULL,
        input_tokens  BIGINT NOT NULL,
        output_tokens BIGINT NOT NULL,
        cost          DOUBLE PRECISION NOT NULL,
        settled       BOOLEAN NOT NULL,
        at            BIGINT NOT NULL
    )""",
    "CREATE INDEX usage_by_person ON usage (person, at)",
    "CREATE INDEX usage_by_room ON usage (room_id, at)",
    "CREATE INDEX usage_by_time ON usage (at)",
    """CREATE TABLE budgets (
        account    TEXT PRIMARY KEY,
        rate       DOUBLE PRECISION NOT NULL,
        size       DOUBLE PRECISION NOT NULL,
        learned_at BIGINT NOT NULL
    )""",
    """CREATE TABLE resets (
        room_id     TEXT NOT NULL,
        thread_root TEXT NOT NULL,
        at          BIGINT NOT NULL,
        PRIMARY KEY (room_id, thread_root)
    )""",
)
_STREAMS = """CREATE TABLE streams (
    event_id    TEXT PRIMARY KEY,
    room_id     TEXT NOT NULL,
    question_id TEXT NOT NULL,
    thread_root TEXT NOT NULL,
    asker       TEXT NOT NULL,
    provider    TEXT NOT NULL,
    model       TEXT NOT NULL,
    text        TEXT NOT NULL,
    parts       TEXT NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
)"""

_LAST_GOOD = "CREATE TABLE last_good (id INTEGER PRIMARY KEY, text TEXT NOT NULL)"

_DOCUMENTS = (
    "ALTER TABLE streams ADD COLUMN document TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE streams ADD COLUMN status TEXT NOT NULL DEFAULT 'interrupted'",
    "ALTER TABLE streams ADD COLUMN note TEXT NOT NULL DEFAULT ''",
)

_ADMIN_ROOMS = (
    "CREATE TABLE admin_rooms (room_id TEXT PRIMARY KEY, at BIGINT NOT NULL)",
    "CREATE TABLE told (what TEXT PRIMARY KEY, at BIGINT NOT NULL)",
)

_ROUNDS = (
    "ALTER TABLE answers ADD COLUMN rounds BIGINT NOT NULL DEFAULT 0",
    "ALTER TABLE open_answers ADD COLUMN rounds BIGINT NOT NULL DEFAULT 0",
)

_BILLIONTHS = (
    "ALTER TABLE usage ADD COLUMN billionths BIGINT NOT NULL DEFAULT 0",
    "UPDATE usage SET billionths = CAST(ROUND(cost * 1000000000) AS BIGINT)",
    "ALTER TABLE usage DROP COLUMN cost",
    "ALTER TABLE answers ADD COLUMN billionths BIGINT",
    "UPDATE answers SET billionths = CAST(ROUND(cost * 1000000000) AS BIGINT)",
    "ALTER TABLE answers DROP COLUMN cost",
)

_LATENCY = (
    "ALTER TABLE answers ADD COLUMN first_word DOUBLE PRECISION",
    "ALTER TABLE answers ADD COLUMN seconds DOUBLE PRECISION",
    "ALTER TABLE answers ADD COLUMN note TEXT NOT NULL DEFAULT ''",
    # All that is asked of many answers at once, so that none of their texts is read for it.
    "CREATE INDEX answers_measured ON answers "
    "(created_at, provider, status, first_word, seconds, output_tokens)",
    "CREATE INDEX usage_summed ON usage "
    "(at, provider, room_id, input_tokens, output_tokens, billionths)",
    "DROP INDEX answers_by_time",
    "DROP INDEX usage_by_time",
)


_OPEN_ANSWERS = """CREATE TABLE open_answers (
    id          TEXT PRIMARY KEY,
    state       TEXT NOT NULL,
    writer      TEXT NOT NULL,
    tries       BIGINT NOT NULL,
    room_id     TEXT NOT NULL,
    question_id TEXT NOT NULL,
    thread_root TEXT NOT NULL,
    asker       TEXT NOT NULL,
    provider    TEXT NOT NULL,
    model       TEXT NOT NULL,
    status      TEXT NOT NULL,
    note        TEXT NOT NULL,
    document    TEXT NOT NULL,
    parts       TEXT NOT NULL,
    seconds     DOUBLE PRECISION NOT NULL,
    created_at  BIGINT NOT NULL,
    updated_at  BIGINT NOT NULL
)"""
_FROM_STREAM = """
    INSERT INTO open_answers (
        id, state, writer, tries, room_id, question_id, thread_root, asker, provider, model,
        status, note, document, parts, seconds, created_at, updated_at
    ) VALUES ($1, $2, '', 0, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
"""
_HEARD = "CREATE TABLE heard (account TEXT PRIMARY KEY, mark TEXT NOT NULL)"


async def first(conn: LoggingConnection, _: Scheme) -> None:
    for statement in _FIRST:
        await conn.execute(statement)


async def second(conn: LoggingConnection, _: Scheme) -> None:
    await conn.execute(_STREAMS)


async def third(conn: LoggingConnection, _: Scheme) -> None:
    await conn.execute(_LAST_GOOD)


async def fourth(conn: LoggingConnection, _: Scheme) -> None:
    for statement in _DOCUMENTS:
        await conn.execute(statement)


async def fifth(conn: LoggingConnection, _: Scheme) -> None:
    for statement in _BILLIONTHS:
        await conn.execute(statement)


async def sixth(conn: LoggingConnection, _: Scheme) -> None:
    for statement in _LATENCY:
        await conn.execute(statement)


async def seventh(conn: LoggingConnection, _: Scheme) -> None:
    await conn.execute(_OPEN_ANSWERS)
    await conn.execute(_HEARD)
    for row in await conn.fetch("SELECT * FROM streams"):
        await conn.execute(
            _FROM_STREAM,
            row["event_id"],
            "writing" if row["status"] == "interrupted" else "concluded",
            row["room_id"],
            row["question_id"],
            row["thread_root"],
            row["asker"],
            row["provider"],
            row["model"],
            row["status"],
            row["note"],
            row["document"] or _document(row["text"]),
            row["parts"],
            max(0, row["updated_at"] - row["created_at"]) / 1000,
            row["created_at"],
            row["updated_at"],
        )
    await conn.execute("DROP TABLE streams")


def _document(text: str) -> str:
    """What the versions that kept only an answer's text would have kept of it since."""
    nothing = {"plan": "", "reasoning": "", "tasks": [], "usage": {}, "finish_reason": ""}
    return json.dumps({**nothing, "text": text}, ensure_ascii=False)


async def eighth(conn: LoggingConnection, _: Scheme) -> None:
    for statement in _ADMIN_ROOMS:
        await conn.execute(statement)


async def ninth(conn: LoggingConnection, _: Scheme) -> None:
    for statement in _ROUNDS:
        await conn.execute(statement)


upgrade_table.register(first, description="Answers, usage, learned budgets, resets")
upgrade_table.register(second, description="Answers that are being written")
upgrade_table.register(third, description="The last good configuration")
upgrade_table.register(fourth, description="All that is shown of answers that are being written")
upgrade_table.register(fifth, description="Costs that add up exactly")
upgrade_table.register(sixth, description="How long answers took, and what was wrong with them")
upgrade_table.register(seventh, description="Answers from their question on; what was heard last")
upgrade_table.register(eighth, description="Where admins are, and what they were told")
upgrade_table.register(ninth, description="How often people were asked about calls")
