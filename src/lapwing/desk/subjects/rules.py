"""Who may do what with subjects."""
