"""A photo of your own: what a net says of it, and why.

``reading`` makes a picture of any file, ``classes`` finds the class that is meant, ``net`` is who is asked; ``asked``
holds one forward pass and answers from it; ``panels`` and ``sections`` make the page, ``command`` the command line.
"""

from .net import Net, load_net
from .reading import read_photo

__all__ = ["Net", "load_net", "read_photo"]
