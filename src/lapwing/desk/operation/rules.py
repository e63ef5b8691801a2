"""Who may do what with operation."""
