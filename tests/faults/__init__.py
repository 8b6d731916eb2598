"""Faults on purpose. `world.py` is what they happen to: both peers, the queue, the mail server and our own instances.

crash.py       where our process can die: every call that leaves it, before and after
dispatcher.py  Cloud Tasks with a virtual clock: late, twice, out of order, or never
world.py       all of it together, and what has to hold at the end
"""
