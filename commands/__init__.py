"""A verb per file: parse, call one thing, render."""
