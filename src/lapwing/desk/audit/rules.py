"""Who may do what with audit."""
