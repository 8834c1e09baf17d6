"""`replay`: rules tried on a past."""
