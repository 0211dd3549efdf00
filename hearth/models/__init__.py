"""Models: files that compute, kept and carried as objects, and what is computed with them.

`records` is what is said of one, `shelf` which there are, `adding` how one comes from the disk,
`files` how it becomes a file that can be mapped, `embedding` what turns text into vectors.
"""
