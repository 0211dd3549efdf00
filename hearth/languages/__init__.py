"""Languages and scripts: which one a text is in, and what its words are to the index."""
