"""What is on disk: objects, packs, events, slots, and what checks and repairs them."""
