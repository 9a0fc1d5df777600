"""What an exception's own words and frames tell, where a log is all there is."""
