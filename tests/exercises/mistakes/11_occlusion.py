"""Chapter 11: pixels that are never covered, patches beyond the edge; sums for means."""

from . import Mistake

POSITIONS = """
rows, columns = (
    [slice(i * s, {stop}) for i in range({count})]
    for n, p, s in zip(size, patch, stride)
)
return rows, columns
"""
SPREAD = """
rows, columns = positions(size, *checked(patch, stride, size))
total, count = np.zeros((*drops.shape[:-2], *size), drops.dtype), np.zeros(size, drops.dtype)
for r, row in enumerate(rows):
    for c, column in enumerate(columns):
        total[..., row, column] {sign} drops[..., r, c, None, None]
        count[row, column] += 1
return {heat}
"""

MISTAKES = [
    Mistake(
        "occlusion-positions",
        POSITIONS.format(stop="i * s + p", count="(n - p) // s + 1"),
        "so the pixels from there on are never covered",
    ),
    Mistake(
        "occlusion-positions",
        POSITIONS.format(stop="i * s + p", count="math.ceil((n - p) / s) + 1"),
        "beyond the edge, where it should be cut off",
    ),
    Mistake(
        "occlusion-positions",
        POSITIONS.format(stop="min(i * s + p, n)", count="math.ceil(n / s)"),
        "slices reach the edge; the first of them should be the last",
    ),
    Mistake(
        "occlusion-positions",
        POSITIONS.format(stop="min(i * s + s, n)", count="math.ceil((n - p) / s) + 1"),
        "never covered",
    ),
    Mistake("occlusion-heatmap", SPREAD.format(sign="+=", heat="total"), "drops that are all 5: wrong"),
    Mistake(
        "occlusion-heatmap",
        SPREAD.format(sign="=", heat="total"),
        "must be added (+=), not overwritten (=)",
    ),
    Mistake(
        "occlusion-heatmap",
        SPREAD.format(sign="+=", heat="total / len(rows) / len(columns)"),
        "drops that are all 5: wrong",
    ),
    Mistake(
        "occlusion-heatmap",
        """
        (ph, pw), _ = checked(patch, stride, size)
        heat = drops.repeat(ph, axis=-2).repeat(pw, axis=-1)
        return heat[..., : size[0], : size[1]]
        """,
        "the heat map of the drops 2, 4, 9 by patches of 5 pixels with stride 3",
    ),
]
