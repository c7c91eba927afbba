"""The method, pure: text in, values out; no clock, files, network or global randomness."""

METHOD = 4
"""Raised by any change to sampling, rendering, reading or filtering: recorded replies would then
fold to other bytes, so a run of another method is folded anew before it is gone on with."""

READINGS = {
    "written": "1d9102ff9e9f911ef38985e317f6608c6f7077d752de5f2b17a559e9ba2bee57",
    "recorded": "88686c6e172ca36923f86b6bdf4d5625f920eb0193faaec604591c5fe85fb588",
}
"""Digests of all that the built-in stages and filters give on the written and the recorded replies
(`tests/method/test_method_number.py`): where one changes, the number must."""
