"""How long things are kept, and what a sweep would remove before it does."""
