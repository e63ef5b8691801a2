"""Who may do what with mandates."""
