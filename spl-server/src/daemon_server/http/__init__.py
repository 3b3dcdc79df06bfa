"""How the server speaks HTTP: who is let in, how much is read, and how errors are told."""
