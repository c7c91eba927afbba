# The long forms of tests that CI runs short.
N ?= 25
PYTHON ?= .venv/bin/python

.PHONY: crash search
# Kills at every step: `make crash N=25` takes some 20 minutes and prints two tables.
crash:
	$(PYTHON) -m tests.crash.campaign $(N)
	$(PYTHON) -m tests.crash.commands

# Property tests on new examples, 1,000 each.
search:
	$(PYTHON) -m pytest --hypothesis-profile=search tests/method
