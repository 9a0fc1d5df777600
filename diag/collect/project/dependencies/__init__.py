"""What is required, held against Python, the stack and each other: what would not install or not run."""
