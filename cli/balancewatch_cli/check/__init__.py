"""`check`: one run, on embedded AWS or without AWS."""
