"""The inference service beside other ways to serve the same models."""
