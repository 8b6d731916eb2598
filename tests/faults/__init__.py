"""Tests that break something on purpose. What they break is the `World` of `tests/world/world.py`; README.md says which
test is about which fault.

model.py     what people and Hoomdossier were told was accepted, and what must be true of both peers in the end
rules.py     what may happen in a random history; test_model.py plays histories of these rules against the model
history.py   a history as a list of steps: written down, played again, made shorter
play.py      plays other histories: `python -m tests.faults.play 30 70`
"""
