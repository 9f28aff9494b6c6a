"""A photo of your own: what a net says of it, and why.

``reading`` makes a picture of any file.
"""

from .reading import read_photo

__all__ = ["read_photo"]
