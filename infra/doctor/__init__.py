"""`python -m infra.doctor`: looks whether a deployment is set up well, and says in Dutch what is not and where to mend it.

It only reads. `__main__.py` is the command: it shows which checks there are and in which order. What the checks share:

    finding.py           what a check finds, or that it could not look
    report.py            prints what was found
    settings_file.py     the settings, with the line of each, and without the values of secrets
    commands.py          every command of gcloud that is run
    cloud.py             what those commands answered: the facts of one project

`to_fill_in.py` says what to type into the screens of the peers. Every other module is the check of one part, and has a
function `problems`.
"""
