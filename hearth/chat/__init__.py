"""Chat: who wrote what to whom, who holds it, and what a person makes of it."""
