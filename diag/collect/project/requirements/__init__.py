"""What a project requires, from whichever files the Python buildpack would install from."""
