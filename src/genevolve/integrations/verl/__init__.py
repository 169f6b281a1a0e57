"""Self-evolution on verl (0.9): episodes as an agent loop, lessons and their teacher in the trainer, our loss in the workers.

``loop`` samples; ``teaching`` and ``trainer`` are for the single controller; ``loss`` is for the processes that train.
"""
