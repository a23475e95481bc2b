"""Examining a model: what it is asked, how its answers are read, the project's own tests of it."""
