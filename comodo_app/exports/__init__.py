"""One file per target format."""
