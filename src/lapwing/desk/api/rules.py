"""Who may do what with api."""
