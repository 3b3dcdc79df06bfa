"""What is said to a server; through a daemon the same, below `spl.core.wire.paths.THROUGH_DAEMON`."""
