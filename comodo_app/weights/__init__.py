"""Models that others trained: the catalogue, what is on this disk, getting and reading them."""
