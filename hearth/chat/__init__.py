"""Chat: what people write to each other, folded out of the log's chat lane."""
