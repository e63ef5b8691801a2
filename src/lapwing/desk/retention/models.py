"""What is kept of retention in the database."""
