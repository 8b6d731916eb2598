"""The commands of `python -m infra.deploy`, a file each. `run` in a file is the whole way of its command, step by step."""
