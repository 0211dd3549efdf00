"""A kit: a folder that turns a bare laptop into a hearth, with no internet.

`create` puts it together, `manifest` says what is in it and proves it, `take` adds what it brings
to a hearth. `install` is the one module that runs on the bare laptop, before any hearth is there;
the shell scripts beside it are what people start.
"""
