"""Published notices to the register."""
