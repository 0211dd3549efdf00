"""Audiences: sets of devices with a key of their own, and what is sealed to them.

`sealing` and `stanzas` are the cryptography, `records` the formats, `vault` what is kept of it on
this disk, `prekeys` how a device gives others something to seal to, and `keyring` all of it
together: the key to use for an audience, and what a sealed event says. docs/audiences.md is the
specification.
"""
