"""Dead letters: finds them, says how to act by hand, and carries out what a person decides."""
