"""A campaign of ten residents in two cooperations, played over HTTP: `make demo`."""
