"""Convolution and its gradients on a frame: what the threads do with the tiles.

    correlate   y = the sum over taps of weights times neighbours: `conv2d`, and with other tables `conv2d_grad_input`
    collect     gw = the sum over pixels of g times neighbours: `conv2d_grad_weight`

A *strip* is what one thread frames at once: some pictures, or a band of one.  Each number of the result is a sum in one
fixed order, whoever adds it up: the results are bit for bit the same for any number of threads.

``numba_backend.py``, next, calls them.
"""

import numpy as np
from numba import prange

from .jit import helper, kernel
from .tiles import NARROW, TAPS, WIDE, copy, dot_tile, narrow_tile, wide_tile


@kernel
def correlate(x, w, frame, work, offsets, places, phases, packed, frames, tiles, y):
    """``y[n, o] = sum over taps r of w[o, r] times the frame of x[n], moved by offsets[r]``.

    Parameters
    ----------
    x : (N, groups * channels, H, W)
    w : flat, all weights
    frame, work, offsets, places, phases
        As in `frames.Layout`.
    packed : (groups * blocks, taps, width), scratch
    frames : (threads, frame_size), scratch
    tiles : (threads, width * out_size), scratch
    y : (N, groups * filters, OH, OW), written
    """
    blocks = packed.shape[0] // work.groups
    for b in prange(packed.shape[0]):
        group, block = divmod(np.int64(b), blocks)
        pack(w[group * work.group_step :], block * work.width, work, places, packed[b])
    threads = frames.shape[0]
    for t in prange(threads):
        for s in range(t * work.strips // threads, (t + 1) * work.strips // threads):
            for group in range(work.groups):
                fill(x, s, group * work.channels, 0, work.channels, frame, frames[t])
                for block in range(blocks):
                    weights = packed[group * blocks + block]
                    filters = min(work.width, work.filters - block * work.width)
                    for phase in phases:
                        sweep(frames[t], s, frame, work, offsets, phase, weights, tiles[t], x.shape[0])
                        copy_out(tiles[t], s, frame, work, phase, group * work.filters + block * work.width, filters, y)


@kernel
def collect(g, x, frame, work, offsets, frames, arriving, parts, gw):
    """``gw[o, r] = sum over n and pixels of g[n, o] times the frame of x[n], moved by offsets[r]``.

    Parameters
    ----------
    g : (N, groups * filters, OH, OW)
    x : (N, groups * channels, H, W)
    frame, work, offsets
        As in `frames.Layout`, for WIDE filters.
    frames : (threads, frame_size), scratch
    arriving : (threads, WIDE * out_size), scratch
    parts : pair
        Threads for different filters, and for different taps; their product is the number of threads.
    gw : (groups * blocks, taps rounded up to TAPS, WIDE), written
    """
    blocks = gw.shape[0] // work.groups
    tiles = gw.shape[1] // TAPS
    per_channel = (offsets.shape[0] - TAPS) // work.channels
    for t in prange(parts[0] * parts[1]):
        by_filter, by_tap = divmod(np.int64(t), parts[1])
        first, last = by_tap * tiles // parts[1] * TAPS, (by_tap + 1) * tiles // parts[1] * TAPS
        channel, end = first // per_channel, min(work.channels, -(-last // per_channel))
        begin, stop = by_filter * gw.shape[0] // parts[0], (by_filter + 1) * gw.shape[0] // parts[0]
        gw[begin:stop, first:last] = 0
        for s in range(work.strips):
            framed = -1
            for b in range(begin, stop):
                group, block = divmod(np.int64(b), blocks)
                if group != framed:
                    fill(x, s, group * work.channels, channel, end, frame, frames[t])
                    framed = group
                filters = min(WIDE, work.filters - block * WIDE)
                pitch = arriving.shape[1] // WIDE
                count = spread(g, s, group * work.filters + block * WIDE, filters, frame, arriving[t], pitch)
                for r in range(first, last, TAPS):
                    dot_tile(arriving[t], 0, pitch, frames[t], 0, offsets, r, count, gw[b])


@helper
def pack(w, first, work, places, packed):
    """``packed[r, i]`` is the weight of filter ``first + i`` for tap r; filters that there are not weigh nothing."""
    for i in range(work.width):
        if first + i < work.filters:
            start = (first + i) * work.filter_step
            for r in range(places.shape[0]):
                packed[r, i] = w[start + places[r]]
        else:
            packed[:, i] = 0


@helper
def strip(s, frame, N):
    """First image, number of images, and first row of strip s."""
    n = s // frame.bands * frame.images
    return n, min(frame.images, N - n), s % frame.bands * frame.band_rows


@helper
def fill(x, s, channel, first, last, frame, framed):
    """Frame strip s: of the channels of a group, which begin at `channel`, those from first to last."""
    N, _, H, W = x.shape
    n, images, row = strip(s, frame, N)
    pictures = x.reshape(-1)
    q = first * frame.phases_h * frame.phases_w * frame.images * frame.rows * frame.columns
    for c in range(first, last):
        for a in range(frame.phases_h):
            for b in range(frame.phases_w):
                for k in range(frame.images):
                    for i in range(frame.rows):
                        h = (row + i) * frame.step_h + a - frame.top
                        if k < images and 0 <= h < H:
                            source = (((n + k) * x.shape[1] + channel + c) * H + h) * W
                            fill_row(pictures, source, W, b - frame.left, frame, framed, q)
                        else:
                            framed[q : q + frame.columns] = 0
                        q += frame.columns
    framed[q : q + frame.slack] = 0


@helper
def fill_row(pictures, source, W, start, frame, framed, q):
    """A row: its cell j is the picture's ``start + j step``, or 0 outside."""
    step = frame.step_w
    before = min(frame.columns, max(0, -(start // step)))
    end = max(before, min(frame.columns, -((start - W) // step)))
    for j in range(before):
        framed[q + j] = 0
    if step == 1:
        copy(pictures, source + start + before, framed, q + before, end - before)
    else:
        for j in range(before, end):
            framed[q + j] = pictures[source + start + j * step]
    for j in range(end, frame.columns):
        framed[q + j] = 0


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
        else:
            narrow_tile(framed, q, offsets, phase[0], phase[1], weights, out, q, pitch)


@helper
def copy_out(out, s, frame, work, phase, filter, filters, y):
    """The pixels of a strip without the frame's margins, to the places of y that the phase names."""
    N, F, H, W = y.shape
    n, images, row = strip(s, frame, N)
    results = y.reshape(-1)
    pitch = out.shape[0] // work.width
    for k in range(images):
        for o in range(filters):
            for i in range(min(frame.band_rows, phase[4] - row)):
                q = o * pitch + (k * frame.rows + i) * frame.columns
                h = (row + i) * work.out_step_h + phase[2]
                p = (((n + k) * F + filter + o) * H + h) * W + phase[3]
                if work.out_step_w == 1:
                    copy(out, q, results, p, phase[5])
                else:
                    for j in range(phase[5]):
                        results[p + j * work.out_step_w] = out[q + j]


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
