"""Distillation: instance queue, losses, targets, augmentation, training, checkpoints."""
