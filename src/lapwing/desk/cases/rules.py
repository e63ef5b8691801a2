"""Who may do what with cases."""
