"""Answers that a language model writes, and what of them may be shown. See docs/ask.md."""
