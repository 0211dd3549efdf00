"""The built-in guide: cards that answer even where there is no hearth yet."""
