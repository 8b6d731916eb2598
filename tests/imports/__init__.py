"""What a person takes out of Hoomdossier by hand: read, compared and delivered."""
