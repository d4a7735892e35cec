"""Who may sign in to the pages: accounts, their passwords and codes, what each may see and do."""
