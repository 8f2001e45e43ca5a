"""Whether what is served is still like what the model was measured on."""
