"""The method, pure: text in, values out; no clock, files, network or global randomness."""
