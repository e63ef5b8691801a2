"""Seals: handles and other protected text, encrypted at rest and opened only for a reason that two people share."""
