"""A campaign of ten weeks with 300 invented residents, to show and try the staff pages (`make run -- --campaign`).

`people.py` invents who they are and when they reached each step. `peers.py` writes what Econobis and Hoomdossier would
hold of them, by the stand-ins' own code; `link.py` what the link would. `fill.py` does it for everybody.
"""
