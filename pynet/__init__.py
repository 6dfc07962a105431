"""pynet: a network stack, from the Ethernet header to the TLS handshake, in readable Python."""
