"""Files: the bytes of uploads and outputs, in chunks in the database."""
