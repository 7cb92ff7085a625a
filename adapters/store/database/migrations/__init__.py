"""How the tables of earlier versions become those of this one: one chain of numbered steps."""
