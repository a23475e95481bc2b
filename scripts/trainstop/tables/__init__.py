"""Opening and summarising tables on an engine."""
