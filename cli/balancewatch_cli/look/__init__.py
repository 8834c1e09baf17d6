"""`status`, `watch`, `history` and `report`: a deployed stack, looked at."""
