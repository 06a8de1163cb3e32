"""Activities: discovery, naming, prediction, smoothing, timelines. Pure numpy, no video, no torch."""
