"""Who may do what with oversight."""
