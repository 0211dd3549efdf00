"""How nodes agree. Empty until two hearths meet."""
