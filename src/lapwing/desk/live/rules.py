"""Who may do what with live."""
