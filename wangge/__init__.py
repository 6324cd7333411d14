"""The entrance: command line, settings, local services, demonstration.

It wires; it decides nothing.
"""
