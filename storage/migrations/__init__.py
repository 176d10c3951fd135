"""Steps of the schema, in order; each says how to go and how to come back.

Refuses to import the models: a step must mean the same thing in ten years.
"""
