"""How many rows a peer's backfill has kept.

In: the database's address, a schema and its tables. Out: their rows in all, on a line; a table that is not there has none.
"""

import sys

import psycopg2
from psycopg2 import sql

address, schema, tables = sys.argv[1], sys.argv[2], sys.argv[3:]
rows = 0
with psycopg2.connect(address) as connection, connection.cursor() as cursor:
    for table in tables:
        cursor.execute("select to_regclass(%s) is not null", [f"{schema}.{table}"])
        if cursor.fetchone()[0]:
            cursor.execute(sql.SQL("select count(*) from {}").format(sql.Identifier(schema, table)))
            rows += cursor.fetchone()[0]
print(rows)
