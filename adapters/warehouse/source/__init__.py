"""Source: files that are offered for tables, found, read and staged as they are."""
