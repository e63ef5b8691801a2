"""What is kept of live in the database."""
