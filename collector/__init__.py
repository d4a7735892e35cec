"""The centre: receives reports, judges sites, publishes metrics and pages."""
