"""The store: its port, and an adapter for SQLite and one for Firestore."""
