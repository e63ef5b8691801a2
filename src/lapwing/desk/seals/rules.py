"""Who may do what with seals."""
