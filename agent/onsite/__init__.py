"""What the agent tells whoever sits at the PC: status, show, once, export."""
