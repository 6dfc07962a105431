"""Tests of pynet: plain functions, run by CPython, compiled on Linux, and compiled in the booted image."""
