"""The offline world: a small closed world in which every role of the agent can be played without network, key or GPU.

Packages, each with its own note: ``language`` reads requests, ``atlas`` knows facts and pictures, ``expert`` plans, ``sketch``
draws, ``pixel`` judges pictures, ``lint.py`` judges programs, ``recipes`` makes requests with their intended pictures,
``suites`` are the benchmarks over them, ``contrast`` compares attempts. Only the registry imports it.
"""
