"""Representations: what goes over the wire: bodies, links, problems, events, and their schemas."""
