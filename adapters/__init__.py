"""One module per technology, each an implementation of a port of the domain."""
