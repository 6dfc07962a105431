"""What the stack costs: programs whose instructions are counted, compiled, on Linux."""
