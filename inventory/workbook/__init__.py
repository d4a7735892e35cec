"""The inventory as an Excel workbook: one row per site and item, in Vietnamese; in and out."""
