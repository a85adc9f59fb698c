"""One file of words a language."""
