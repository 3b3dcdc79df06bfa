"""The catalogue: objects, their versions and tags, and what can be known of them without their source."""
