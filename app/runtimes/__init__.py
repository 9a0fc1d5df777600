"""What runs a model: one module for each kind, chosen by the file's content."""
