"""What is measured: one file per subject, and one table that lists them."""
