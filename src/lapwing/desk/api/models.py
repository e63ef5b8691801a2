"""What is kept of api in the database."""
