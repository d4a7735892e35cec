"""How reports come in: HTTP, authentication, decoding, sequence, the inbox on disk."""
