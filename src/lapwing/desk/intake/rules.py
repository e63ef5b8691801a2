"""Who may do what with intake."""
