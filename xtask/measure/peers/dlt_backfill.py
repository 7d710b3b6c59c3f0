"""The backfill of `bench mirror` as dlt does it: its REST source, pages of 500, two workers.

In: the address and the token of the emulated Pipedrive, the destination's name (postgres or duckdb) and its credentials, and a
folder for dlt's own files. Out: three tables in that database, and a line of JSON with how many rows were taken.
"""

import json
import sys

import dlt
from dlt.sources.rest_api import rest_api_source

base_url, token, destination, credentials, folder = sys.argv[1:6]

source = rest_api_source(
    {
        "client": {
            "base_url": base_url + "/api/v2/",
            "auth": {"type": "api_key", "name": "x-api-token", "api_key": token, "location": "header"},
            "paginator": {
                "type": "cursor",
                "cursor_path": "additional_data.next_cursor",
                "cursor_param": "cursor",
            },
        },
        "resource_defaults": {
            "primary_key": "id",
            "write_disposition": "append",
            "parallelized": True,
            "endpoint": {"params": {"limit": 500}, "data_selector": "data"},
        },
        "resources": ["deals", "persons", "organizations"],
    },
    # Objects and lists stay JSON, as in our mirror; a table for each list would take dlt longer.
    max_table_nesting=0,
)

pipeline = dlt.pipeline(
    pipeline_name="backfill",
    pipelines_dir=folder,
    destination=getattr(dlt.destinations, destination)(credentials),
    dataset_name="backfill",
    progress=None,
)
pipeline.run(source)
counts = pipeline.last_trace.last_normalize_info.row_counts
print(json.dumps({"rows": sum(counts.get(name, 0) for name in ["deals", "persons", "organizations"])}))
