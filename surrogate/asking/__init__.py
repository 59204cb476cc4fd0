"""What to ask next: `choosing.choose` gives the points that are worth a run."""
