"""Econobis as our calls meet it: `contracts/econobis.md` in a few small modules over `infra.standins.database`."""
