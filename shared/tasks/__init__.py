"""Cloud Tasks: making a task, and proving that a call is Google's."""
