"""The letter as HTML and as text, from one model."""
