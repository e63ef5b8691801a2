"""Who may be watched, on what ground, by which means, until when, approved by whom."""
