"""One small file per family of ops; an op's forward and backward stand side by side.

``op`` (what an op is), ``elementwise``, ``shape``, ``index``, ``matmul``, ``activation``, ``softmax`` (and losses),
``conv``, ``pool``, ``norm``, ``resample``.  Read in that order.
"""
