"""The forms in which `serve_feed` answers: OData, CSV, JSON Lines and calendars, and the check of a key."""
