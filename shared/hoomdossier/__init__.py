"""Hoomdossier's words, and the client that speaks them."""
