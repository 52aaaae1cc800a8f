"""How an answer is sent: what goes out when, within the limits of the account.

    Scheduler    keeps the time and the order, for one account       scheduler.py
    Lane         a message that is written over time                 lane.py, pace.py
    Single       a request that is complete: a reaction, a join      sendable.py
    Account      when the next may go, what was learned and counted  account.py
    Budget       the server's rate limit, learned                    budget.py, bucket.py
    likeliest    … which one is behind a first refusal               first_refusal.py
    earliest     what the budget is spent on first                   priority.py
    turns        … on which of many edits, and when                  turns.py, lengths.py
    Flights      how many requests at once                           concurrency.py
    Sender       makes one request, says what became of it           sender.py
    Event, Sent, Refused    what is asked, what came of it           request.py, outcome.py
    is_encrypted, Typing    what else a room is asked and told       encryption.py, typing.py

Nothing here knows what an answer is: a lane is handed a function that paints.
"""
