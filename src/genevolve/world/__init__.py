"""The offline world: everything that plays a role on this machine alone, behind the same protocols as real services.

Only ``genevolve.app.registry`` may import from here.
"""
