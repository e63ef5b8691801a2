"""The pages about moments, a file each."""
