"""Tables: one module per table of the data set, which makes its rows out of the laws."""
