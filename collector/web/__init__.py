"""Every path beside the report path: API, access, sessions; the pages are in `collector.pages`."""
