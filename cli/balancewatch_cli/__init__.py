"""The command: the same code from a terminal, on embedded AWS. Not shipped to Lambda."""
