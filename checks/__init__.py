"""Checks: what can be seen from inside a running dyno.

This layer observes and never explains: it knows facts and levels, no cause. It imports the standard
library and psutil only, since it runs in every worker of a 512 MB dyno; TensorFlow and boto3 are
imported in child processes.
"""
