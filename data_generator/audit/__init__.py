"""Audit: reads a data set back and counts what breaks its rules; `audit` is the way in."""
