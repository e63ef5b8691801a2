"""The Django project: settings, addresses, and how it starts."""
