"""Answers from the documents themselves: true, cited, with no language model at all."""
