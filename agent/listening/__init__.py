"""The few ports that an agent of the centre opens: test packets, notifications."""
