"""What becomes of answers when something fails: `python -m tests.bench.faults`.

    python -m tests.bench.faults                            every fault, 50 runs each
    python -m tests.bench.faults --runs 5 synapse-killed    one of them
    python -m tests.bench.faults --minutes 15               as many as that time allows
    python -m tests.bench.faults --list

Each run has several answers being written at once, each in a room of its own, and does one thing
to them. What became of them is read from the rooms, as another client sees them. Prints the table
of docs/reliability.md.

__main__     the command: chooses and prints
beds         several beds side by side, and which faults are tried on which
house        a bed with several bots, where runs are made
row          one line of the table
cases        all faults
case         one fault: what happens, and what its answers must look like afterwards
scene        some bots at work: asked, watched, disturbed
verdict      what became of one answer, by the events of its room
homeserver, responses, providers, rooms, admins, processes, several, databases    the faults
"""
