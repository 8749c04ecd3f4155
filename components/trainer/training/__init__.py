"""The training loop: losses, optimizers, callbacks, checkpoints."""
