"""Frozen video encoders: one pass over a video serves all its windows."""
