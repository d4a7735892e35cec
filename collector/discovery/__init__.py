"""What is there and what is declared, compared: seen and not declared, declared and never seen."""
