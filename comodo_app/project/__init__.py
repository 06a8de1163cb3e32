"""The project folder: database, embedding cache, settings, atomic files."""
