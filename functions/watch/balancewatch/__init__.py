"""balancewatch: knows before a prepaid API account runs dry, and tells people once, in time."""

VERSION = "0.1.0"
