"""Audit: reads a data set back and counts what breaks its rules; `audit.audit` is the way in."""
