"""Large values and artifacts: files by the hash of their content, and who may have them."""
