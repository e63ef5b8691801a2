"""What is watched, under a pseudonym, and what may be read of it now."""
