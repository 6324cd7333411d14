"""Sources in foreign formats become one Report here, and reports are put on Kafka.

Knows formats that others defined; nothing stored and nothing decided may enter.
"""
