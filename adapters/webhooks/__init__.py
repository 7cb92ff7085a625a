"""Webhooks over HTTP behind the port of domain/ports.py."""
