"""What travels between SPL processes, and how."""
