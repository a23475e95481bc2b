"""One look at production: what it is aimed at, and the signals that are made of it."""
