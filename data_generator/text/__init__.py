"""Text: what customers say and the carrier notes, composed of sentences in TOML files."""
