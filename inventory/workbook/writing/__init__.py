"""An inventory -> a workbook: which rows stand in it, and how they look."""
