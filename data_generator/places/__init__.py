"""Places: ZIP codes, markets and states."""
