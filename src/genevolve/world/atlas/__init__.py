"""What is known and what can be shown: facts, pictograms and the user's own libraries, behind the two search protocols.

``entities``, ``countries`` and the tables beside them → ``documents`` → ``index`` (SQLite, built once) → ``search`` and
``searches``. ``looks`` loads pictures as pixels, ``knowledge`` answers exactly for the judges, ``library`` and ``folder`` are
the user's own pictures.
"""
