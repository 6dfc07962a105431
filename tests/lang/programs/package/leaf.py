"""A plain module of a package."""
LEAF = "leaf of " + __name__
