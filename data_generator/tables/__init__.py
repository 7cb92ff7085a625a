"""One module per table of the data set."""
