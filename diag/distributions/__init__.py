"""What is known of distributions on the package index: their releases, and the modules they bring.

The tables are written by ``python -m tests.releases`` and say of which day they are.
"""
