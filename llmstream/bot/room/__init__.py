"""What people do in a room: who may ask and how much, what is a question, and what was said before it."""
