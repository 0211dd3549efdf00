"""This hearth among others: meeting them, serving them, remembering where they are."""
