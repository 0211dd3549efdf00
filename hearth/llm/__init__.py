"""Language models: what they are asked, and who answers. See docs/llm.md."""
