"""One module per outside thing; the only code that does input and output."""
