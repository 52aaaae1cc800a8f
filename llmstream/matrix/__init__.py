"""What speaks Matrix: what is sent, when, and how often. Knows no provider and no database."""
