"""Pure: no input or output, no clock, the standard library only."""
