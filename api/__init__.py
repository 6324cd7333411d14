"""HTTP: requests, principals, problem documents, server-sent events.

Knows a request, a response, a user; no SQL and no rule may enter.
"""
