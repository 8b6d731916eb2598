"""A module per page. Each function gets the `Visit` and the parts of the address, and returns the answer."""
