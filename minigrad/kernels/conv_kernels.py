"""Convolution and its gradients on a frame: what the threads do with the tiles.

    correlate   y = the sum over taps of weights times neighbours: `conv2d`, and with other tables `conv2d_grad_input`
    pointwise   the same where the filters are 1 x 1
    collect     gw = the sum over pixels of g times neighbours: `conv2d_grad_weight`

A *strip* is what one thread frames at once: some pictures, or a band of one.  Each number of the result is a sum in one
fixed order, whoever adds it up: the results are bit for bit the same for any number of threads.

Read next: ``winograd_tiles.py``, for a way with fewer multiplications; or ``numba_backend.py``, which calls these.
"""

from .channel_kernels import finish_some
from .jit import NEXT_THREAD, claim, helper, kernel
from .tiles import TALL, TAPS, WIDE, copy, dot_tile, narrow_tile, tall_tile, wide_tile


@kernel
def pack(queue, w, work, places, packed):
    """``packed[block, r, i]`` is the weight of the block's filter i for tap r; filters that do not exist weigh nothing.

    Parameters
    ----------
    w : flat, all weights
    work, places
        As in `frames.Layout`.
    packed : (groups * blocks, taps, width), written
    """
    blocks = packed.shape[0] // work.groups
    b = claim(queue)
    while b < packed.shape[0]:
        group, block = divmod(b, blocks)
        for i in range(work.width):
            filter = block * work.width + i
            start = group * work.group_step + filter * work.filter_step
            for r in range(places.shape[0]):
                packed[b, r, i] = w[start + places[r]] if filter < work.filters else 0
        b = claim(queue)


@kernel
def correlate(queue, x, packed, frame, work, offsets, phases, frames, tiles, y, finish):
    """``y[n, o] = sum over taps r of w[o, r] times the frame of x[n], moved by offsets[r]``.

    Parameters
    ----------
    x : (N, groups * channels, H, W)
    packed
        The weights, as `pack` leaves them.
    frame, work, offsets, phases
        As in `frames.Layout`.
    frames : (threads, frame_size), scratch
    tiles : (threads, width * out_size), scratch
    y : (N, groups * filters, OH, OW), written
    finish
        As `epilogue` of ``numba_backend.py`` makes it; something to do only if there is one phase.
    """
    blocks = packed.shape[0] // work.groups
    t = claim(queue, NEXT_THREAD)
    item = claim(queue)
    while item < work.strips * work.parts:
        s, part = divmod(item, work.parts)
        for group in range(work.groups):
            fill(x, s, group * work.channels, 0, work.channels, frame, frames[t])
            for block in range(part * blocks // work.parts, (part + 1) * blocks // work.parts):
                weights = packed[group * blocks + block]
                filters = min(work.width, work.filters - block * work.width)
                for phase in phases:
                    sweep(frames[t], s, frame, work, offsets, phase, weights, tiles[t], x.shape[0])
                    first = group * work.filters + block * work.width
                    copy_out(tiles[t], s, frame, work, phase, first, filters, y, finish)
        item = claim(queue)


@kernel
def pointwise(queue, x, packed, offsets, pixels, chunk, y):
    """`correlate` for filters of 1 x 1 that see every pixel once: a picture is its own frame, and y needs no copying.

    Parameters
    ----------
    x : (N, channels, P)
    packed
        As `pack` leaves them, every block full.
    offsets : (channels,) of int64, ``0, P, 2 P, ...``
    pixels, chunk : int
        Of a tile, at most P; and of what a thread does at once.
    y : (N, filters, P), written
    """
    N, C, P = x.shape
    blocks, _, width = packed.shape
    chunks = -(-P // chunk)
    pictures, results = x.reshape(-1), y.reshape(-1)
    item = claim(queue)
    while item < N * chunks:
        n, part = divmod(item, chunks)
        for block in range(blocks):
            for q in range(part * chunk, min(P, (part + 1) * chunk), pixels):
                at = min(q, P - pixels)  # the last tile overlaps the one before
                first = (n * blocks + block) * width * P
                wide_tile(pictures, n * C * P + at, offsets, 0, C, packed[block], results, first + at, P)
        item = claim(queue)


@kernel
def collect(queue, g, x, frame, work, offsets, frames, arriving, parts, gw):
    """``gw[o, r] = sum over n and pixels of g[n, o] times the frame of x[n], moved by offsets[r]``.

    Parameters
    ----------
    g : (N, groups * filters, OH, OW)
    x : (N, groups * channels, H, W)
    frame, work, offsets
        As in `frames.Layout`.
    frames : (threads, frame_size), scratch
    arriving : (threads, WIDE * out_size), scratch
    parts : pair
        Into how many parts the filters, and the taps, are divided; a thread does a part of both.
    gw : (groups * blocks, taps rounded up to TAPS, WIDE), written
    """
    blocks = gw.shape[0] // work.groups
    pitch = arriving.shape[1] // WIDE
    t = claim(queue, NEXT_THREAD)
    part = claim(queue)
    while part < parts[0] * parts[1]:
        begin, stop, first, last = share(part, parts, gw)
        gw[begin:stop, first:last] = 0
        channel, end = channels_of(first, last, work, offsets)
        for s in range(work.strips):
            framed = -1
            for b in range(begin, stop):
                group, block = divmod(b, blocks)
                if group != framed:
                    fill(x, s, group * work.channels, channel, end, frame, frames[t])
                    framed = group
                filters = min(WIDE, work.filters - block * WIDE)
                count = spread(g, s, group * work.filters + block * WIDE, filters, frame, arriving[t], pitch)
                for r in range(first, last, TAPS):
                    dot_tile(arriving[t], 0, pitch, frames[t], 0, offsets, r, count, gw[b])
        part = claim(queue)


@helper
def share(part, parts, gw):
    """From which to which block, and from which to which tap."""
    i, j = divmod(part, parts[1])
    blocks, tiles = gw.shape[0], gw.shape[1] // TAPS
    return (i * blocks // parts[0], (i + 1) * blocks // parts[0],
            j * tiles // parts[1] * TAPS, (j + 1) * tiles // parts[1] * TAPS)


@helper
def channels_of(first, last, work, offsets):
    """The channels that taps from first to last look at."""
    per_channel = (offsets.shape[0] - TAPS) // work.channels
    return first // per_channel, min(work.channels, -(-last // per_channel))


@helper
def strip(s, frame, N):
    """First image, number of images, and first row of strip s."""
    n = s // frame.bands * frame.images
    return n, min(frame.images, N - n), s % frame.bands * frame.band_rows


@helper
def fill(x, s, channel, first, last, frame, framed):
    """Frame strip s: of the channels of a group, which begin at `channel`, those from first to last."""
    N, C, H, W = x.shape
    n, images, row = strip(s, frame, N)
    pictures = x.reshape(-1)
    plane = frame.images * frame.rows * frame.columns
    phases = frame.phases_h * frame.phases_w
    framed[first * phases * plane : last * phases * plane + frame.slack] = 0  # cheaper than to look for the margins
    for a in range(frame.phases_h):
        up, top, bottom = inside(a - frame.top + row * frame.step_h, frame.step_h, frame.rows, H)
        for b in range(frame.phases_w):
            left, begin, end = inside(b - frame.left, frame.step_w, frame.columns, W)
            for c in range(first, last):
                place = (c * phases + a * frame.phases_w + b) * plane + begin
                for k in range(images):
                    source = ((n + k) * C + channel + c) * H * W + left
                    for i in range(top, bottom):
                        from_row = source + (up + (i - top) * frame.step_h) * W
                        fill_row(pictures, from_row, frame.step_w, framed, place + (k * frame.rows + i) * frame.columns,
                                 end - begin)


@helper
def inside(start, step, count, size):
    """Of cells ``start + j step``, j < count: the first one inside of a picture, its j, and the j after the last."""
    first = min(count, max(0, -(start // step)))
    return start + first * step, first, max(first, min(count, -((start - size) // step)))


@helper
def fill_row(pictures, source, step, framed, q, count):
    """Copy every `step`-th pixel of a row."""
    if step == 1:
        copy(pictures, source, framed, q, count)
    else:
        for j in range(count):
            framed[q + j] = pictures[source + j * step]


@helper
def sweep(framed, s, frame, work, offsets, phase, weights, out, N):
    """All pixels of a strip, tile by tile, for a block of filters: out (width, pixels)."""
    _, images, row = strip(s, frame, N)
    rows = min(frame.band_rows, phase[4] - row)
    pixels = ((images - 1) * frame.rows + rows - 1) * frame.columns + phase[5]
    pitch = out.shape[0] // work.width
    for q in range(0, pixels, work.pixels):
        if work.width == WIDE:
            wide_tile(framed, q, offsets, phase[0], phase[1], weights, out, q, pitch)
        elif work.width == TALL:
            tall_tile(framed, q, offsets, phase[0], phase[1], weights, out, q, pitch)
        else:
            narrow_tile(framed, q, offsets, phase[0], phase[1], weights, out, q, pitch)


@helper
def copy_out(out, s, frame, work, phase, filter, filters, y, finish):
    """The pixels of a strip without the frame's margins, to the places of y that the phase names; finished there."""
    N, F, H, W = y.shape
    n, images, row = strip(s, frame, N)
    results = y.reshape(-1)
    pitch = out.shape[0] // work.width
    for k in range(images):
        for o in range(filters):
            rows = min(frame.band_rows, phase[4] - row)
            for i in range(rows):
                q = o * pitch + (k * frame.rows + i) * frame.columns
                h = (row + i) * work.out_step_h + phase[2]
                p = (((n + k) * F + filter + o) * H + h) * W + phase[3]
                if work.out_step_w == 1:
                    copy(out, q, results, p, phase[5])
                else:
                    for j in range(phase[5]):
                        results[p + j * work.out_step_w] = out[q + j]
            finish_some(results, (((n + k) * F + filter + o) * H + row) * W, rows * W, filter + o, finish)


@helper
def spread(g, s, filter, filters, frame, out, pitch):
    """Lay g into rows as long as the frame's, with 0 between them; returns how many pixels to sum over."""
    N, F, H, W = g.shape
    n, images, row = strip(s, frame, N)
    arriving = g.reshape(-1)
    rows = min(frame.band_rows, H - row)
    count = min(pitch, images * frame.rows * frame.columns)
    for o in range(WIDE):
        q = o * pitch
        for k in range(images):
            for i in range(frame.rows):
                if o < filters and i < rows:
                    copy(arriving, (((n + k) * F + filter + o) * H + row + i) * W, out, q, W)
                    for j in range(W, frame.columns):
                        out[q + j] = 0
                else:
                    for j in range(frame.columns):
                        out[q + j] = 0
                q += frame.columns
        out[q : (o + 1) * pitch] = 0
    return count
