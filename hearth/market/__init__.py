"""The market: what people offer and ask for, folded out of the log's market lane."""
