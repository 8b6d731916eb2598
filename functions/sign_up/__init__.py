"""The sign-up page of a form: the page, its script, and the look-up of an address."""
