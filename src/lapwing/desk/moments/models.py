"""What is kept of moments in the database."""
