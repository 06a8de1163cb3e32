"""What surrounds the pages: rail, header, status bar, jobs, palette, toasts."""
