"""Lever parsing."""
