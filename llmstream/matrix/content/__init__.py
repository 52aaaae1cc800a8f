"""What an answer looks like: which message shows what of it, as body and HTML.

    Layout      which message shows which part of an answer        layout.py, span.py
    View        a part of it becomes body and HTML                 view.py
    render      the list of its tasks, and a plan's title          tasks.py
    Thinking    the time before the first word                     thinking.py
    Style       how an answer behaves, its footer, how it ended    style.py
    Bounds      what a room takes in any case                      room_bounds.py
    plain       our HTML where less of it is understood            lines.py
    Envelope    as what a message is sent, whom it calls           envelope.py
    message, edit, size    the contents of events                  events.py, inert.py

Pure but for a clock. Nothing here knows when anything is sent.
"""
