"""A deployed stack: found, and reached with the caller's own AWS credentials."""
