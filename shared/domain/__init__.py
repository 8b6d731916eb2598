"""The things of the link and the decisions about them. No input or output."""
