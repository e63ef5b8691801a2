"""What is kept of subjects in the database."""
