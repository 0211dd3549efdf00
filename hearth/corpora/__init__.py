"""Corpora: named collections of documents, and the index they are found by."""
