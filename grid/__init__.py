"""The domain, pure: cases, commands, events, decisions, clocks, cells, wire formats.

True on paper, with no machine running; nothing that does I/O, reads a clock or rolls dice may
enter.
"""
