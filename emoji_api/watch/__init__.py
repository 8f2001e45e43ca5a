"""Company watch: posts about a company are collected, classified and summarised by day."""
