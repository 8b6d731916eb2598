"""What all accepted work has in common: kinds, records, tasks, steps, limits, and what flows ask of each other."""
