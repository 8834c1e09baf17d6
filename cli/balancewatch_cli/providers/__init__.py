"""`providers`: the catalogue, looked at and tried."""
