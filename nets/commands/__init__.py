"""The commands of ``python -m nets``, a file each: ``add_to`` says what it takes, and the function does it."""
