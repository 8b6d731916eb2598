"""Deploys the link to Google Cloud: `make deploy` and its neighbours. `python -m infra.deploy --help` lists the commands.

`commands/` has a file per command. `commands/deploy.py` shows the whole way; these are its steps, in their order:

    settings_file.py     the settings on this machine: checks them, and says which function gets which of their secrets
    start.py             the options of a command; then checks whether this machine and this person can deploy:
                         prerequisites.py (programs, logins, billing) and permissions.py (rights)
    project.py           the project, and the names and files that follow from it
    before_terraform.py  the bucket for Terraform's state, which Terraform cannot make itself
    terraform.py         runs Terraform
    releases.py          what was rolled out before: a record per release, beside the code
    source_zip.py        the zip with the code
    kept_settings.py     puts the settings into Secret Manager, and with secret_values.py the values of their secrets
    wanted.py            what shall run: code, settings and secrets
    roll_out.py          plan, question, apply, smoke_test.py, record
    addresses.py         what to type into Econobis, Hoomdossier and the web site

`kept_plan.py` is for Cloud Build, where one build makes a plan (`plan`) and another carries it out (`apply`).
"""
