"""`!llm doctor`: what works, what does not, and what to do about it.

- `finding`: a check, and what it has found. `examination`: many at once, as a stream for a room.
- `provider_checks`: where answers come from, and tool servers.
- `account_checks`: the account on its homeserver. `room_checks`: this room.
- `host_checks`: where the bot runs, and its configuration.
- `homeserver_asked`: what of a homeserver can be read without being anybody there.

Nothing here mends anything, and nothing found is kept.
"""
