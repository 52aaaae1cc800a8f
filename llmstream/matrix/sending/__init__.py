"""How an answer is sent: what goes out when, within the budget of the account."""
