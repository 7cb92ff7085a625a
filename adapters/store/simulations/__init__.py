"""Simulations: accepted, read, ended and deleted. Here is the store of the domain's port."""
