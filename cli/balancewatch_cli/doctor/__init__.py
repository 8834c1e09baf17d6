"""`doctor`: what keeps people from hearing."""
