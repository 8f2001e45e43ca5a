"""Distillation of an ensemble of teachers into one student, in JAX for a GPU.

The stages are masked language modelling, teachers with out-of-fold predictions, and students whose weights are
averaged. All teachers are trained side by side, and so are all students. Distillation takes minutes on a GPU and about
a day on two CPU cores.
"""
