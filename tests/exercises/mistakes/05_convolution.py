"""Chapter 5: filters turned round, padding forgotten or cut off on one side, products that overwrite each other."""

from . import Mistake

MISTAKES = [
    Mistake(
        "conv-window",
        """
        for k in range(kernel):
            place = position * stride + k * dilation
            if 0 <= place < size:
                yield place, k
        """,
        "an offset, such as padding cut off one side",
    ),
    Mistake(
        "conv-window",
        """
        for k in range(kernel):
            yield position * stride - padding + k * dilation, k
        """,
        "leave out what is padding",
    ),
    Mistake(
        "conv-window",
        """
        for k in range(kernel):
            place = position - padding + k * dilation
            if 0 <= place < size:
                yield place, k
        """,
        "the first place of each window, with stride 3: wrong",
    ),
    Mistake(
        "conv-window",
        """
        for k in range(kernel):
            place = position * stride - padding + k
            if 0 <= place < size:
                yield place, k
        """,
        "the places of a window, with dilation 4: wrong",
    ),
    Mistake(
        "conv-window",
        """
        for k in range(kernel):
            place = position * stride - padding + k * dilation
            if 0 <= place < size:
                yield place, kernel - 1 - k
        """,
        "the kernel is flipped",
    ),
    Mistake(
        "conv-loops",
        """
        O, K, KH, KW = w_shape
        for n, o, oh, ow in np.ndindex(*y_shape):
            group = o // (O // groups)
            for k in range(K):
                for h, kh in _window(oh, x_shape[2], KH, stride[0], padding[0], dilation[0]):
                    for v, kw in _window(ow, x_shape[3], KW, stride[1], padding[1], dilation[1]):
                        yield (n, o, oh, ow), (n, group * K + k, h, v), (o, k, KH - 1 - kh, KW - 1 - kw)
        """,
        "the kernel is flipped",
    ),
    Mistake(
        "conv-loops",
        """
        O, K, KH, KW = w_shape
        for n, o, oh, ow in np.ndindex(*y_shape):
            for k in range(K):
                for h, kh in _window(oh, x_shape[2], KH, stride[0], padding[0], dilation[0]):
                    for v, kw in _window(ow, x_shape[3], KW, stride[1], padding[1], dilation[1]):
                        yield (n, o, oh, ow), (n, k, h, v), (o, k, kh, kw)
        """,
        "a factor that depends on axis 1 alone",
    ),
    Mistake(
        "conv-loops",
        """
        O, K, KH, KW = w_shape
        for n, o, oh, ow in np.ndindex(*y_shape):
            group = o // (O // groups)
            for k in range(K):
                for h, kh in _window(oh, x_shape[2], KH, stride[0], padding[0], dilation[0]):
                    for v, kw in _window(ow, x_shape[3], KW, stride[1], padding[1], dilation[1]):
                        yield (n, o, oh, ow), (n, group * K + k, h, v), (o, k, kw, kh)
        """,
        "axes 2 and 3 are swapped: something is transposed",
    ),
    Mistake(
        "conv-loops",
        """
        O, K, KH, KW = w_shape
        for n, o, oh, ow in np.ndindex(*y_shape):
            for h, kh in _window(oh, x_shape[2], KH, stride[0], padding[0], dilation[0]):
                for v, kw in _window(ow, x_shape[3], KW, stride[1], padding[1], dilation[1]):
                    yield (n, o, oh, ow), (n, o // (O // groups) * K, h, v), (o, 0, kh, kw)
        """,
        "the number of products",
    ),
    Mistake(
        "conv-forward",
        """
        y = np.zeros(_conv_shape(x.shape, w.shape, stride, padding, dilation), dtype=x.dtype)
        for out, inp, weight in _conv_cells(x.shape, w.shape, y.shape, stride, padding, dilation, groups):
            y[out] = x[inp] * w[weight]
        return y
        """,
        "must be added (+=), not overwritten (=)",
    ),
    Mistake(
        "conv-forward",
        """
        flipped = w[:, :, ::-1, ::-1]
        y = np.zeros(_conv_shape(x.shape, w.shape, stride, padding, dilation), dtype=x.dtype)
        for out, inp, weight in _conv_cells(x.shape, w.shape, y.shape, stride, padding, dilation, groups):
            y[out] += x[inp] * flipped[weight]
        return y
        """,
        "the kernel is flipped",
    ),
    Mistake(
        "conv-forward",
        """
        y = np.zeros(_conv_shape(x.shape, w.shape, stride, padding, dilation), dtype=x.dtype)
        for out, inp, weight in _conv_cells(x.shape, w.shape, y.shape, stride, padding, dilation, groups):
            y[out] += x[inp] * w[weight] / w[0].size
        return y
        """,
        "a missing (or extra) constant factor",
    ),
    Mistake(
        "conv-forward",
        """
        y = np.zeros(_conv_shape(x.shape, w.shape, stride, padding, dilation), dtype=x.dtype)
        inner = y[:, :, padding[0] : y.shape[2] - padding[0], padding[1] : y.shape[3] - padding[1]]
        for out, inp, weight in _conv_cells(x.shape, w.shape, inner.shape, stride, (0, 0), dilation, groups):
            inner[out] += x[inp] * w[weight]
        return y
        """,
        "wrong at the borders only: padding",
    ),
    Mistake(
        "conv-forward",
        """
        y = np.zeros(_conv_shape(x.shape, w.shape, stride, (0, 0), dilation), dtype=x.dtype)
        for out, inp, weight in _conv_cells(x.shape, w.shape, y.shape, stride, (0, 0), dilation, groups):
            y[out] += x[inp] * w[weight]
        return y
        """,
        "rows and columns differ by an even number: padding",
    ),
    Mistake(
        "conv-input-gradient",
        """
        gx = np.zeros(x_shape, dtype=g.dtype)
        for out, inp, weight in _conv_cells(x_shape, w.shape, g.shape, stride, padding, dilation, groups):
            gx[inp] = g[out] * w[weight]
        return gx
        """,
        "must be added (+=), not overwritten (=)",
    ),
    Mistake(
        "conv-input-gradient",
        """
        gx, flipped = np.zeros(x_shape, dtype=g.dtype), w[:, :, ::-1, ::-1]
        for out, inp, weight in _conv_cells(x_shape, w.shape, g.shape, stride, padding, dilation, groups):
            gx[inp] += g[out] * flipped[weight]
        return gx
        """,
        "the kernel is flipped",
    ),
    Mistake(
        "conv-input-gradient",
        """
        gx = np.zeros(x_shape, dtype=g.dtype)
        for out, inp, weight in _conv_cells(x_shape, w.shape, g.shape, stride, padding, dilation, groups):
            gx[inp] += g[out]
        return gx
        """,
        "lacks the factor that input 1 has",
    ),
    Mistake(
        "conv-input-gradient",
        """
        N, C, H, W = x_shape
        framed = np.zeros((N, C, H + 2 * padding[0], W + 2 * padding[1]), dtype=g.dtype)
        for out, inp, weight in _conv_cells(framed.shape, w.shape, g.shape, stride, (0, 0), dilation, groups):
            framed[inp] += g[out] * w[weight]
        return framed[:, :, :H, :W]
        """,
        "an offset, such as padding cut off one side",
    ),
    Mistake(
        "conv-input-gradient",
        """
        N, C, H, W = x_shape
        framed = np.zeros((N, C, H + 2 * padding[0], W + 2 * padding[1]), dtype=g.dtype)
        for out, inp, weight in _conv_cells(framed.shape, w.shape, g.shape, stride, (0, 0), dilation, groups):
            framed[inp] += g[out] * w[weight]
        return framed
        """,
        "rows and columns differ by an even number: padding",
    ),
    Mistake(
        "conv-weight-gradient",
        """
        gw = np.zeros(w_shape, dtype=g.dtype)
        for out, inp, weight in _conv_cells(x.shape, w_shape, g.shape, stride, padding, dilation, groups):
            gw[weight] = g[out] * x[inp]
        return gw
        """,
        "must be added (+=), not overwritten (=)",
    ),
    Mistake(
        "conv-weight-gradient",
        """
        gw = np.zeros(w_shape, dtype=g.dtype)
        for out, inp, (o, c, kh, kw) in _conv_cells(x.shape, w_shape, g.shape, stride, padding, dilation, groups):
            gw[o, c, kw, kh] += g[out] * x[inp]
        return gw
        """,
        "axes 2 and 3 are swapped: something is transposed",
    ),
    Mistake(
        "conv-weight-gradient",
        """
        gw = np.zeros(w_shape, dtype=g.dtype)
        for out, inp, weight in _conv_cells(x.shape, w_shape, g.shape, stride, padding, dilation, groups):
            gw[weight] += g[out] * x[inp]
        return gw[:, :, ::-1, ::-1]
        """,
        "the kernel is flipped",
    ),
    Mistake(
        "conv-weight-gradient",
        """
        gw = np.zeros(w_shape, dtype=g.dtype)
        for out, inp, weight in _conv_cells(x.shape, w_shape, g.shape, stride, padding, dilation, groups):
            gw[weight] += g[out] * x[inp]
        return gw / len(x)
        """,
        "a missing (or extra) constant factor",
    ),
]
