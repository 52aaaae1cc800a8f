"""What people do in a room: who may ask and how much, what a question is, what was said before."""
