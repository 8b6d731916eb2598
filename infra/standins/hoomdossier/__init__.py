"""Hoomdossier as our calls meet it: `docs/peers/hoomdossier.md` in a few small modules over `infra.standins.database`."""
