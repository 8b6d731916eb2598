"""Tests that break something on purpose, mostly in the `World` of `tests/world/world.py`. README.md lists the faults,
and what must hold. Random histories of many faults are the model's:

rules.py        the steps of a history: what people and Hoomdossier do, and what fails
model.py        what the link accepted in a history, and what must be true of both peers at its end
history.py      records the steps, plays them again, looks for fewer
test_model.py   plays histories against the model; play.py plays other ones by hand
test_found.py   single histories that once broke something
"""
