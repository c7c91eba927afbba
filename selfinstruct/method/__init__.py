"""The method, pure: text in, values out; no clock, files, network or global randomness."""

METHOD = 6
"""Raised by any change to sampling, rendering, reading or filtering: recorded replies would then
fold to other bytes, so a run of another method is folded anew before it is gone on with."""

READINGS = {
    "written": "efd832398d7e4bf065deb1294a4d37209815e637a7a9fbad3d1dfc3f8c475222",
    "recorded": "154e55ec854ce5a111e61c3e0bdd41385cc4225c210dbf9911dc7d559c55d352",
}
"""Digests of all that the built-in stages and filters give on the written and the recorded replies
(`tests/method/test_method_number.py`): where one changes, the number must."""
