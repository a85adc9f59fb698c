"""Files of a notice (the underlag) -> text with places: one module a format, each read where it can be killed."""
