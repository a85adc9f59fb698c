"""The pages' static."""
