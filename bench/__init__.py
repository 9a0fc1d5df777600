"""Side-by-side measurements: ours and its peers in the same run, against the bounds we promise.

``python -m bench`` prints one table per topic and exits with 1 when a bound is missed. A module in
`topics` is one topic, a module in `servers` one app that is measured.
"""
