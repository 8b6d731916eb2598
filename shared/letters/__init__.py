"""What flows do with a letter: write it, count it, hold it."""
