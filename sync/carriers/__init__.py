"""What moves bytes between nodes that cannot talk to each other: files, text, paper, any program.

A carrier moves *frames* (`contract`); what is carried is a *message*, any bytes. The core cuts
messages into parts of which enough suffice (`splitting`, `erasure`), puts them together again
(`reassembly`), and asks for what was lost where there is a way back (`transfer`). The parts of a
message are the same on every carrier, so that codes, lines and radio frames help each other.
docs/carriers.md is the specification.
"""
