"""What it means: from evidence to causes, and the ways in and out.

`diag` may import `checks`, never `app` and no web framework.
"""
