"""What passages mean, as vectors: made, kept, compared, and put together with the words."""
