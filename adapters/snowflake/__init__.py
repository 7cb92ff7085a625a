"""Snowflake as both the warehouse and the language models reach it: who asks, and over what."""
