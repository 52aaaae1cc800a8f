"""The pictures of README and docs/, taken of the real thing: `python -m tests.pictures`.

dashboard    the page, after a month                       dashboard.py
steps        maubot's web UI, as README goes through it    steps.py
film         an answer being written, in Cinny             film.py, cinny.py

Made when what they show has changed, never by a test. Each is looked at before it is kept.
"""
