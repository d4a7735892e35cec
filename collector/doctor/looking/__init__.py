"""What `govnet doctor` looks at outside the inventory: one file per subject, nothing is changed."""
