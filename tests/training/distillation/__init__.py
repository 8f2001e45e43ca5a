"""Networks that teach one."""
