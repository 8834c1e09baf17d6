"""What goes wrong outside, as the run of the relay knows it."""


class OutsideError(Exception):
    """Something outside failed; says what, and never quotes an answer or a URL."""
