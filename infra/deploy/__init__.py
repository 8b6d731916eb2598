"""Deploys the link to Google Cloud: `make deploy` and its neighbours. `python -m infra.deploy --help` lists the commands.

A command is a module with the three names of `Command` in `__main__.py`; the other modules are what commands share:

    start.py           prerequisites, project and Terraform, for every command that touches the cloud
    roll_out.py        plan, question, apply, smoke test, record: the way of every change
    releases.py        what was rolled out, kept in the bucket with the source
"""
