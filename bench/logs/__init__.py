"""Long logs to read: made up line by line from a fixed seed, so that every run reads the same."""
