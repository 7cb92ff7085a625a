"""Makes a carrier's data set out of a seed: eight tables that follow documented laws."""
