"""What speaks Matrix: what is sent, when, and how often; and how a room is read.

    content     what an answer looks like, as events. Sends nothing
    sending     what goes out when, within the limits of an account. Knows no answer
    Live        one answer in a room, first event to last: content by sending      live.py
    Courier     its messages on their way                                courier.py, carried.py
    Buttons     reactions that people press: placed, and heard                     buttons.py
    reading     what events say, and what a room takes

Nothing here knows a provider or a database.
"""
