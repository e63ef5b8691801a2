"""What is kept of seals in the database."""
