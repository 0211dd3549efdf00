"""People in a bad week: who is safe, who is silent, who is looked for (docs/people.md)."""
