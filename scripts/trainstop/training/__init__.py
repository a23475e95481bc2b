"""From a training that ended to a bundle: what was logged, which run counts, where the model is, what is kept."""
