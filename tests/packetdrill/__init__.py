"""A runner for packetdrill scripts: in process, in virtual time, over pynet's own descriptors."""
