"""Simulations: accepted, read, ended and deleted; `simulations` is the store of the domain's port."""
