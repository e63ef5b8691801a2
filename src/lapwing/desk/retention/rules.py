"""Who may do what with retention."""
