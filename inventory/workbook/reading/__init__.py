"""An Excel file, as people fill it in -> typed rows, and what cannot be read, by its cell."""
