"""Durable simulations."""
