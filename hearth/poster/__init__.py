"""A poster: one A4 page that says how to join, where the hearth is, and four cards of the guide.

`content` is what stands on it, `paper` draws it as PDF, `web` writes it as HTML.
"""
