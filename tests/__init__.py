"""The tests. tests/support.py says what a test of pynet may use."""
