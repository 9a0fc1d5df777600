"""The inference service: one model behind `POST /predict`, with diag in front as in any other app."""
