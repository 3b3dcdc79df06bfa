"""How things look in a notebook and in a terminal: plain text always, plain HTML beside it. No widgets, no scripts."""
