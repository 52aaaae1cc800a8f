"""`./build.sh demo`: the test bed with a person at the keyboard.

What the terminal shows is read from the events that the room got, as any client would.
"""
