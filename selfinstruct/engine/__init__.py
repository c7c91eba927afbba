"""The one loop: ask, record, fold."""
