"""Text: what customers said and what the carrier noted."""
