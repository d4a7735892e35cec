"""How long what happened is kept, and what drops it afterwards."""
