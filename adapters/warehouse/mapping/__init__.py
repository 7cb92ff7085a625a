"""Mapping: how a carrier's own files and columns become our tables."""
