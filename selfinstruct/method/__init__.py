"""The method, pure: text in, values out; no clock, files, network or global randomness."""

METHOD = 3
"""Raised by any change to sampling, rendering, reading or filtering: recorded replies would then
fold to other bytes, so a run is only gone on with by the method that began it."""

READINGS = {"written": "", "recorded": ""}
"""Digests of all that the built-in stages and filters give on the written and the recorded replies
(`tests/method/test_method_number.py`): where one changes, the number must."""
