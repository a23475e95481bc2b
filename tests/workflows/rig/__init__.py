"""Runs workflows whole, as GitHub would, with `act` in host mode: every job begins on a fresh machine."""
