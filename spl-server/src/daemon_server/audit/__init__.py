"""What was done by whom, chained so that nobody takes a line out unseen."""
