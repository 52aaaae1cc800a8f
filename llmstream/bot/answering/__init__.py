"""What answers: one answer from its question to its final edit, and all that are being written.

begin           one answer, through all that follows             answer.py
AnswerStream    its chunks: in line, admitted, asked             stream.py
log_answer      what the log has of them                         logged.py
Metered         a provider whose requests are counted            metered.py
Connections     the providers in use                             connections.py
Running         all answers that are being written               running.py
OneAtATime      what is done one after another, by a name        one_at_a_time.py
AnswerButtons   the reactions that the bot places                answer_buttons.py
about, style    how it looks, as the configuration wants it      appearance.py
Checkpoint      kept from its question on                        checkpoint.py
settle          what an earlier process has left of one          settling.py
InRoom, look    what a room has of that                          in_room.py
repair          all that was left, when it can be settled        repair.py
"""
