"""Econobis as our calls meet it: `docs/peers/econobis.md` in a few small modules over `infra.standins.database`."""
