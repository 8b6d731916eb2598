"""The staff pages: who may see them, their addresses, and their HTML. `functions/show_staff.py` is the function."""
