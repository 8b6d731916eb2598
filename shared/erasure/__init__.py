"""Erases a contact everywhere, and drops the names of residents for whom nothing was done for long."""
