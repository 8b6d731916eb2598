"""Measurements, by hand: their numbers compare only with other runs on the same machine."""
