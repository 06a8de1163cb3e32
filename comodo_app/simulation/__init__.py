"""Simulated egocentric recordings, written as real files."""
