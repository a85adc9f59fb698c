"""Notice text to findings (pure): segments, rules, polarity, codes, reader."""
