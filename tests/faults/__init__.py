"""Faults on purpose. `world.py` is what they happen to: both peers, the queue, the mail server and our own instances.

crash.py       where our process can die: every call that leaves it, before and after
dispatcher.py  Cloud Tasks with a virtual clock: late, twice, out of order, or never
world.py       all of it together, and what has to hold at the end
model.py       what people and Hoomdossier were told was taken, and whether the peers agree; played in test_model.py
history.py     the steps of such a play: written down, played again, made short
play.py        other such plays: `python -m tests.faults.play 30 70`
"""
