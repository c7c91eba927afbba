"""What is on disk: the run folder and its journal."""
