"""Load: checks source files and makes them a new version of the raw data, here or in Snowflake."""
