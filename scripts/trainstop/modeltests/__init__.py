"""Tests of a model that `model-test` puts together: each takes the job and gives checks."""
