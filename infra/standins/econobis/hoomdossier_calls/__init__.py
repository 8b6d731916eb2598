"""The two calls that Econobis makes itself, both to Hoomdossier: `register` and `coach_link`, sent by `guzzle`."""
