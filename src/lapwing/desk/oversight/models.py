"""What is kept of oversight in the database."""
