"""A hearth in one encrypted file, and back; see docs/backup.md."""
