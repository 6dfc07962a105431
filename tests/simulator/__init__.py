"""A network in virtual time, and what TCP does on it: `python -m tests.simulator --help`."""
