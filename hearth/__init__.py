"""hearth: a neighbourhood's knowledge, messages and AI, kept working without the internet."""

__version__ = "0.1.0"
