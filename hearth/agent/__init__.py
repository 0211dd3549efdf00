"""`hearth ask --agent`: a language model that may look things up and reckon, one call at a time."""
