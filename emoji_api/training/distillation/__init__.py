"""Many networks teach one, on a GPU, in JAX: masked words, teachers that answer for what they did not learn, a student.

What the processor needs hours for takes minutes there, and several networks are fitted side by side.
"""
