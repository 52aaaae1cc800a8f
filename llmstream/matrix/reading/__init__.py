"""How a room is read: what an event says, a conversation, what the room takes."""
