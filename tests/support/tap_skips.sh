#!/bin/sh
# A test program, with the tests that it leaves out said as TAP has it. cmocka
# before 1.1.6 says "not ok 1 # SKIP name", which counts as a failure.
exec 4>&1
status=$(
    {
        { "$@" 3>&- 4>&-; echo $? >&3; } |
            sed 's/^not ok \([0-9]*\) # SKIP /ok \1 # SKIP /' >&4
    } 3>&1
)
exit "$status"
