"""Distillation of an ensemble of teachers into one student, in JAX for a GPU.

The stages are masked language modelling, teachers with out-of-fold predictions, and students whose weights are
averaged. Teachers, and students, are trained side by side. On a CPU the same takes hours instead of minutes.
"""
