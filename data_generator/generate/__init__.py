"""Generate: a data set or a shard of one, by processes that each make tables."""
