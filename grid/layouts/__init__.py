"""What makes a layout of cells good: the six principles, their arithmetic, bounds and verdicts.

Pure: numbers and shapes come in, figures and verdicts go out; no database, no file, no page.
"""
