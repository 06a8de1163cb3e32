"""The places where simulated activities happen."""
