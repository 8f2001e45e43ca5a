"""What must last, in one SQL database: SQLite unless PostgreSQL is named."""
