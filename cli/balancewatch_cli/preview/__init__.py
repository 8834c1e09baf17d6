"""`test-notification`: what would be told of an account."""
