"""Activities: discovery, naming, prediction, smoothing, timelines. No video, no torch."""
