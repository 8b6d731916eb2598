"""`python -m infra.doctor`: looks whether a deployment is set up well, and says in Dutch what is not and where to mend it.

It only reads. `__main__.py` is the command; `finding.py` is what it finds; every other module looks at one part.
"""
