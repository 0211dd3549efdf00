"""Bundles: what a community holds, carried one way, in files.

`level` says how far somebody holds things, and `front` how that is written; `content` is what is to
go into a bundle, `making` writes one, `opening` finds what is in one and `taking` takes it in;
`folder` keeps them on a stick. docs/bundles.md is the specification.
"""
