"""How far a training has come."""

ACTIVE = ("queued", "running", "validating")
ENDED = ("promoted", "rejected", "failed", "cancelled")
STATES = (*ACTIVE, *ENDED)
