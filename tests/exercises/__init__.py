"""The machinery that turns tests into exercises.  Nothing here knows what the exercises are about.

    registry    what pytest collects: tests say what they exercise
    pages       words: why a chapter matters, hints
    surgery     takes bodies out of a source file, and lays them into another
    submission  what of a learner's file counts, laid into the reference
    screen      what a submission may say
    sandbox     what a submission may do
    judge       runs the tests of one exercise, inside the sandbox
    watching    what the function was given and returned; ``notes`` compares that with ours
    server      forks a judge for every check, in a ``tree`` that is restored; ``bench`` talks to it
    messages    the verdict, in words; ``values``, for numbers
    workspace   the learner's copy of the sources, and what is kept about it
    mine        the learner's engine as a whole, ``my_engine``
    commands/   ``python -m tests``

Only ``judge`` and ``my_engine`` import what is judged; everything else works on text, however broken a learner's file
may be.
"""
