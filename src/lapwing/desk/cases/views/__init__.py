"""The pages about cases, a file each."""
