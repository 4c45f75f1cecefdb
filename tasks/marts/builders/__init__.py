"""The marts: a module for each, a pure function of the tables of a lake, and what they share."""
