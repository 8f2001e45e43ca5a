"""Storage of feedback and training jobs in one SQL database: SQLite by default, PostgreSQL by URL."""
