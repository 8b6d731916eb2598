"""E-mail: rendering, building and sending a message."""
