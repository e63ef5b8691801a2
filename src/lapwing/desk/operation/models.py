"""What is kept of operation in the database."""
