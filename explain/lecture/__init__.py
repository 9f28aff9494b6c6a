"""The lecture: train a net in front of the reader, then ask it for its reasons in every way there is.

``showcase`` holds the nets and the pictures, ``build`` the order of the sections and what is kept between runs; the
other files make the sections, a function each.  Nothing is stored in the project: all pictures and figures are computed
when the page is made, on pictures that the net has never seen.

"""

from .build import SECTIONS, lecture

__all__ = ["SECTIONS", "lecture"]
