"""`python -m balancewatch_cli`: the same as `balancewatch`."""

from balancewatch_cli.main import entry_point

entry_point()
