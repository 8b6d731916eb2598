"""Test equipment: stand-ins of Econobis, Hoomdossier, Cloud Tasks, Cloud Storage and a mail server. See README.md."""
