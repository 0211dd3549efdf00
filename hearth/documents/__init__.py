"""Documents: bytes of many kinds in, one text normal form out, and the passages of it.

Nothing is imported here: asking needs passages, and must not wait for parsers.
"""
