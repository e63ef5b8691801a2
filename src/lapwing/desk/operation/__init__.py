"""Running the desk: health, metrics, logs, backup and restore, and the check of a deployment."""
