"""What answers: one answer from its question to its final edit, and all that are being written."""
