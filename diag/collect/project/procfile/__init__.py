"""The Procfile as the platform reads it, and the web process as its command starts it."""
