"""Singer's tap-pipedrive with another address, which it has built in, and with its token in the header instead of the query, which
the emulated Pipedrive refuses. Nothing else of it is changed.

In: the address of the emulated Pipedrive in BASE_URL, and the tap's own arguments. Out: Singer messages on standard output.
"""

import os

import tap_pipedrive.cli
import tap_pipedrive.tap as tap

plain_get = tap.requests.get


def get(url, headers, params, **options):
    params = dict(params)
    headers = {**headers, "x-api-token": params.pop("api_token")}
    return plain_get(url, headers=headers, params=params, **options)


tap.BASE_URL = os.environ["BASE_URL"]
tap.requests.get = get
tap_pipedrive.cli.main()
