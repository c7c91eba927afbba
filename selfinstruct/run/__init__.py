"""A run as a thing: made, opened, forked, verified, rebuilt; nothing is asked here."""
