"""Deciding how versions come into service and leave it. Pure decisions, and the notes that outlive a killed process."""
