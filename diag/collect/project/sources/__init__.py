"""The Python code of a project, read with `ast` and never imported: what the web process will do with it."""
