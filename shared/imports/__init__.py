"""What a person brings from Hoomdossier: a file and a pasted table, compared with what we know, then delivered."""
