"""What Prometheus reads: the text, the scrape targets, the collector about itself."""
