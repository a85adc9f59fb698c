"""Tables of notices, CSV and XLSX, and notices pasted by hand: what their columns and labels say, as notices."""
