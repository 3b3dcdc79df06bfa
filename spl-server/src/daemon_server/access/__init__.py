"""Who may do what to which library and machine, decided in one place, and told with the reason."""
