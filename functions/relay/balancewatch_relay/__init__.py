"""Passes what balancewatch tells on to chats, pagers and webhooks."""

from typing import Final

AGENT: Final = "balancewatch"
"""What the relay calls itself towards other services."""
