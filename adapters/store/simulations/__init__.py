"""Simulations: accepted, read, ended and deleted; the store, cut as its ports are."""
