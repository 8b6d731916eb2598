"""What flows do with an event of Hoomdossier: keep it, follow it, set a visit's status."""
