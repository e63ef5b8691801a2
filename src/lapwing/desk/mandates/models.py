"""What is kept of mandates in the database."""
