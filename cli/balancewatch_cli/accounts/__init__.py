"""`accounts`: the accounts in a stack's secret."""
