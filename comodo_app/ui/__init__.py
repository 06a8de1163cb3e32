"""The window: widgets that show the session and pass wishes to it."""
