"""The fuzzer: mutated frames into a live stack, in the Linux program under the sanitizers."""
