"""Mechanical fixes: from a report to edits of the project's files, shown as a diff or made.

Only what is the same in every project is mended: what would need a choice stays with the reader, as a step of
the diagnosis.
"""
