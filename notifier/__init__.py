"""Weekly letters: what goes in, how it looks, and that it goes out once."""
