"""The watch that runs inside the desk."""
