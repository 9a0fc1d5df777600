"""The apps that are measured, each the least code that does the job."""
