"""What the console asks for first, and what it is told from then on."""
