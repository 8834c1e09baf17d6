"""What the shell says when something outside fails."""


class OutsideError(Exception):
    """AWS refused, or did not answer. The text is ours and the service's error code, never a message body."""
