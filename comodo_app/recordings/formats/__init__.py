"""One file per format; each is an Importer."""
