"""The tests, which are also the exercises: ``python -m tests`` is for whoever writes minigrad's heart themselves."""
