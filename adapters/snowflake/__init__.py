"""Snowflake: logins and sessions, for the warehouse and the language models alike."""
