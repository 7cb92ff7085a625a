"""Makes a carrier's data set out of a seed: nine tables that follow documented laws."""
