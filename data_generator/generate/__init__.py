"""Generate: a data set or a shard of one, by processes that each make tables.

`generate.generate` is the way in; `make` knows which function makes which table.
"""
