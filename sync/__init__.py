"""How nodes agree: who talks to whom, and what each then knows.

From the wire upwards: `cipher` and `noise` (the Noise protocol), `certificate`, `opening` and
`handshake` (who is at the other end), `frames`, `flow` and `connection` (messages), `driver`,
`admission` and `tcp` (the only ones with sockets and time). Specified in docs/sync.md.
"""
