"""A report on a layout: its cells measured, the figures judged, a page with maps made of them.

What is measured, the arithmetic and the verdicts are in `grid.layouts`.
"""
