"""Words of the mail that asks whether letters are wanted."""
