"""Validation: what a value, a row and a key must be, and the rows that are not."""
