"""The report in its forms: text, JSON, GitHub annotations."""
