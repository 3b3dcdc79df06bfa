"""Machines: who they belong to, what they allow, whether they are there."""
