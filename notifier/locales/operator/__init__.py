"""What the operator is told when sending pauses, one file of words a language."""
