"""Before the meeting: whether every invited conference point is ready, and why one is not."""
