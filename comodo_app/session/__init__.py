"""The open project as Qt objects: what the window shows and what it can ask for."""
