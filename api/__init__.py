"""The ways in: HTTP, command line and the supervisor of simulation jobs."""
