"""Layouts of cells (网格划分方案): drawing, loading, checking and storing them.

What a layout holds stands in `model`; no rule about cases may enter.
"""
