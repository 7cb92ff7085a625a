"""Versions: folders that are written aside and swapped in whole, and the DuckDB files in them."""
