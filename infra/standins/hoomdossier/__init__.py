"""Hoomdossier as our calls meet it: `contracts/hoomdossier.md` in a few small modules over `infra.standins.database`."""
