"""The field itself: nouns, models and verbs of synthetic customers. No I/O, no web, no database."""
