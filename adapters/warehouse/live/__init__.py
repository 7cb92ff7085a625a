"""Live: the build that is served, read from DuckDB or Snowflake; a CustomerBase of the domain."""
