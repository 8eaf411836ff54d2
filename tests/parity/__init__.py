"""Parity as one function: the same scenario, run against torch and against wengert, must have the same outcome."""
