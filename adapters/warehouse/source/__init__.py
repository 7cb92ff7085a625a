"""Source: finds the files of each table, reads them and stages them as they are."""
