"""Econobis' words, and the client that speaks them."""
