"""`python -m selfinstruct` is the command line."""

from .cli import main

main()
