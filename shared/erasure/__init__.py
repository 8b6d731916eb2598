"""Forgetting a contact everywhere, and persons of whom nothing was heard for long."""
