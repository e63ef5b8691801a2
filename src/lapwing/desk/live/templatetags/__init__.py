"""The guide of the demonstration, for the template of all pages."""
