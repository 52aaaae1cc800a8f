"""What comes in, and what becomes of it.

Handlers        the events of a room, read and handed on           handlers.py
hear            messages: a question, an edited one, a command     questions.py
reacted         stop, try again, go on, yes and no to a tool       reactions.py
steered         the same in words, where nobody can react          in_place_of_reactions.py
catch_up        what was asked while nobody listened               missed.py
opened          what was sent to many rooms, decrypted             opened.py
Pressed         the buttons that were pressed meanwhile            pressed.py
Late            the same as missed, of what comes only later       late.py
LastHeard       up to where that is                                last_heard.py
is_answered     whether a question still has to be answered        answered.py
Sealed          what comes encrypted, decrypted                    sealed.py
not_read        what came encrypted, with no key to it             unreadable.py
redacted        a question or an answer is gone                    redactions.py
Invites         to follow, or to leave again                       invites.py
Upgrades        rooms that take the place of others                upgrades.py
answer_again    what edits and reactions have in common            again.py

Who may do what is decided in `room/` and `permissions.py`; what an answer says is `answering/`'s.
"""
