"""`make bench`: every measurement, one after the other.

Refuses to compare across runs: machines drift.
"""

import sys

from bench import intake

sys.exit(intake.main())
