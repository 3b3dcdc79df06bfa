"""Remote nodes of the pipelines that run here: checked, sent where they belong, and answered."""
