"""What is kept of cases in the database."""
