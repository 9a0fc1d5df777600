"""Evidence from outside the running app."""
