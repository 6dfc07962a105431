"""What POSIX adds to the stack: descriptions, their numbers, and one way to wait for any of them."""
