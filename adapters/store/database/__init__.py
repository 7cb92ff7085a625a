"""Database: connections, tables, migrations and rows, on SQLite or PostgreSQL."""
