"""Libraries: the namespaces that objects are in, and the boundary that access is given across."""
