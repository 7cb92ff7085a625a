"""HTTP: what stands between a connection and a route: heads, ingress, keys, pages, errors, logs."""
