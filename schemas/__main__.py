"""`python -m schemas` writes the JSON Schemas."""

import sys

from schemas.export import write_schemas

for path in write_schemas():
    sys.stdout.write(f"{path}\n")
