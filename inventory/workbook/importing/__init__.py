"""What is read from a workbook -> the changes of the inventory, or every mistake at its cell."""
