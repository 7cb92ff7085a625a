"""Build: raw data become segments, personas and part-worths, with DuckDB or inside Snowflake."""
