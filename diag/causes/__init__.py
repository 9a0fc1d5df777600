"""The causes, one module for each family: data, no code."""
