"""How nodes agree: who talks to whom, and what each then knows.

From the wire upwards: `cipher` and `noise` (the Noise protocol), `certificate`, `opening` and
`handshake` (who is at the other end), `frames`, `flow` and `connection` (messages), `driver`,
`admission` and `tcp` (the only ones with sockets and time). What the messages say: `packing`,
`messages`, `delta` and `delta_events` (bytes), `replica` and `store_replica` (what a node holds),
`comparing`, `sending`, `outflow`, `intake`, `known`, `fetching` (what follows), and `session` (in
which order). Specified in docs/sync.md.
"""
