"""The stack on a cloud of this machine: an emulator, the demo gateway, and what AWS does that it does not.

Beside the command and not in it, since neither Lambda nor an installed command needs it: it works from a
checkout, with the tools that `make cloud` sets up.
"""
