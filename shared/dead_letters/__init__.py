"""What only a person can go on with: finding it, saying why, and what the person decides."""
