"""Where a model's file comes from: one small module for each kind of source."""
