"""Input and output: recipes, manifests, and files that appear under their name only when whole."""
