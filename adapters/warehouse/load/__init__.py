"""Load: offered files become a new version of the raw data, by `load` or `snowflake`."""
