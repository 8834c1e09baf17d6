"""What single services ask for: bodies, signatures and the meaning of their answers, as pure functions."""
