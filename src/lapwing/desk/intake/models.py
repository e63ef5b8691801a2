"""What is kept of intake in the database."""
