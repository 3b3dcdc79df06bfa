"""The daemon's door: who is let in, how much is read, how errors are told."""
