"""Views of a run, finished or not."""
