"""Hostile logs: made from real ones by random damage, through the whole pipe from bytes to reports.

``python -m tests.fuzz --seconds 600`` looks for what breaks; the ordinary run only tries for a few seconds.
"""
