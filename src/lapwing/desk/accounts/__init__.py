"""Persons of the team: their roles, how they sign in, for how long, and with which tokens machines do."""
