"""Chapter 14: the peak of all maps instead of each, mass that is negative, an order for its inverse."""

from . import Mistake

MISTAKES = [
    Mistake(
        "pointing-game",
        """
        check_pairs("peak_inside", maps, masks)
        peak = np.unravel_index(maps.argmax(), maps.shape)
        return near(masks, margin)[:, peak[1], peak[2]]
        """,
        "hits of three maps: wrong",
    ),
    Mistake(
        "pointing-game",
        """
        peaks = np.abs(maps).reshape(len(maps), -1).argmax(axis=1)
        return near(masks, margin).reshape(len(masks), -1)[np.arange(len(masks)), peaks]
        """,
        "the hit of a map with a deep trough: wrong",
    ),
    Mistake(
        "pointing-game",
        """
        peaks = maps.reshape(len(maps), -1).argmax(axis=1)
        return masks.reshape(len(masks), -1)[np.arange(len(masks)), peaks]
        """,
        "hits 2 pixels from the mask, for margins 0, 1.9, 2, 2.1: wrong",
    ),
    Mistake(
        "pointing-game",
        """
        peaks = maps.reshape(len(maps), -1)[:, ::-1].argmax(axis=1)
        return near(masks, margin).reshape(len(masks), -1)[np.arange(len(masks)), maps[0].size - 1 - peaks]
        """,
        "the hit of an even map: wrong",
    ),
    Mistake(
        "energy-in-mask",
        """
        inside, everywhere = (maps * masks).sum(axis=(1, 2)), maps.sum(axis=(1, 2))
        return np.divide(inside, everywhere, out=np.full(len(maps), np.nan), where=everywhere > 0)
        """,
        "the shares of maps with negative numbers: wrong",
    ),
    Mistake(
        "energy-in-mask",
        """
        mass = np.abs(maps).astype(float)
        inside, everywhere = (mass * masks).sum(axis=(1, 2)), mass.sum(axis=(1, 2))
        return np.divide(inside, everywhere, out=np.full(len(maps), np.nan), where=everywhere > 0)
        """,
        "the shares of maps with negative numbers: wrong",
    ),
    Mistake(
        "energy-in-mask",
        """
        mass = np.maximum(maps, 0).astype(float)
        return (mass * masks).sum(axis=(1, 2)) / mass.sum()
        """,
        "the shares of three maps: wrong",
    ),
    Mistake(
        "energy-in-mask",
        """
        mass = np.maximum(maps, 0).astype(float)
        return (mass * masks).sum(axis=(1, 2)) / np.maximum(mass.sum(axis=(1, 2)), 1e-12)
        """,
        "the share of a map without positive mass: wrong",
    ),
    Mistake(
        "deletion-order",
        "return np.argsort(-heat_map.ravel(), kind='stable').reshape(heat_map.shape)",
        "the right numbers in the wrong places",
    ),
    Mistake(
        "deletion-order",
        """
        order = np.argsort(heat_map.ravel(), kind="stable")
        places = np.empty(order.size, int)
        places[order] = np.arange(order.size)
        return places.reshape(heat_map.shape)
        """,
        "the places of 5, 3, 9, 1: wrong",
    ),
    Mistake(
        "deletion-order",
        """
        order = np.argsort(heat_map.ravel(), kind="stable")[::-1]
        places = np.empty(order.size, int)
        places[order] = np.arange(order.size)
        return places.reshape(heat_map.shape)
        """,
        "the places of ten equal pixels, the largest of a map: wrong",
    ),
    Mistake(
        "deletion-order",
        """
        order = np.argsort(-np.abs(heat_map).ravel(), kind="stable")
        places = np.empty(order.size, int)
        places[order] = np.arange(order.size)
        return places.reshape(heat_map.shape)
        """,
        "the places of -9, 0, 1: wrong",
    ),
]
