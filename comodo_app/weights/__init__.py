"""Models that others trained: the catalogue, what is on this disk, getting it, reading it safely."""
