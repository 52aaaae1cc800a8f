"""What comes in: messages, reactions, redactions and invites."""
