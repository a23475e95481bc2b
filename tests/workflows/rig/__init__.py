"""Runs workflows whole, as GitHub would, with `act` in host mode: every job starts on a machine where nothing is left."""
