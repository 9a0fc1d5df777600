"""Evidence from outside the dyno: logs, project folders."""
