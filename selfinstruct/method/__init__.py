"""The method, pure: text in, values out; no clock, files, network or global randomness."""

METHOD = 4
"""Raised by any change to sampling, rendering, reading or filtering: recorded replies would then
fold to other bytes, so a run of another method is folded anew before it is gone on with."""

READINGS = {
    "written": "b4d617c988b94b906fa31dfd7eb78624ff1656a5da6b9ba8268ff13b8fc6c025",
    "recorded": "b23b58d2f3bbe49efba3ca1dcdb273688b5184dd4ef1fdc5561b0bd6871937f4",
}
"""Digests of all that the built-in stages and filters give on the written and the recorded replies
(`tests/method/test_method_number.py`): where one changes, the number must."""
