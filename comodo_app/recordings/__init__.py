"""Recordings: values, importers, timestamps, resampling, windows. First room of the house."""
