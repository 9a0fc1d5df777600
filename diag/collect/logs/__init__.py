"""Evidence from a log, in whatever form it comes."""
