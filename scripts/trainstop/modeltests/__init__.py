"""Tests of a model: what it is asked, how its answers are read, and each group of checks of them."""
