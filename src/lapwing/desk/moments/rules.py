"""Who may do what with moments."""
