"""The page of a coach: its form, its answer, its templates. `serve_feed` gives it, at an address that is the secret."""
