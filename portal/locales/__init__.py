"""The pages' locales."""
