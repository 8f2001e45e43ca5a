"""How far a feedback was reviewed."""

STATES = ("new", "accepted", "rejected")
