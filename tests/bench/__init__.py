"""What the stack costs: programs that run compiled on Linux, and the tool that counts their instructions."""
