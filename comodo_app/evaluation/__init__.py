"""Probes, metrics, baselines."""
