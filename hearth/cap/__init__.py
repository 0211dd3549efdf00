"""CAP, the Common Alerting Protocol of OASIS: read strictly, written as 1.2, packed for thin links.

Pure: bytes in, values out. Nothing here opens a file or a socket, whatever a document asks for.
"""
