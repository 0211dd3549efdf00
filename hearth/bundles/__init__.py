"""Bundles: what a community holds, carried one way, in files.

`level` says how far somebody holds things, `content` what is to go into a bundle, `making` writes
one and `taking` reads one; `folder` keeps them on a stick. docs/bundles.md is the specification.
"""
