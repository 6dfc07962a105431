"""TCP (RFC 9293): segment, connection, congestion, recovery and timers apart; `layer.Tcp` puts them together."""
