"""Input and output: recipes, manifests, and files that appear whole."""
