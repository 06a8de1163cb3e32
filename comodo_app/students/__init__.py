"""IMU encoders: torch modules from (B, S, 6) windows to embeddings."""
