"""Models that embed texts, behind the port Embedder of domain/ports.py."""
