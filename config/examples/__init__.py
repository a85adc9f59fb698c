"""Invented notices and enterprises, numbered 99..., for the demonstration."""
