"""The command line for the person who operates a deployment: `python -m infra.operate`. See the README, "Operate"."""
