"""One module for each dashboard: which questions it answers, by which panels."""
