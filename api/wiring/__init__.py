"""Wiring: settings become services. `bootstrap` opens all of them; each `open_*` one technology.

These modules, and the command line, are the only ones that know adapters.
"""
