"""Pages on loopback: the views read the register through its functions, never SQL."""
