"""Keys: API keys as rows and as lines of a file."""
