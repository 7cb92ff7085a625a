"""Models that embed texts, behind the port `Embedder`."""
