"""Calls: leased, finished, lost and set aside, and what they spend."""
