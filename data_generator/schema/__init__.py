"""Schema: the nine tables column by column, and numpy arrays made into such columns."""
