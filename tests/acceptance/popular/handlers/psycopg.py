import psycopg2
from psycopg2 import sql
from psycopg2.extras import RealDictCursor
from psycopg2.pool import SimpleConnectionPool


def handler(event, context):
    return str(
        (
            psycopg2.extensions.parse_dsn("dbname=a"),
            sql.Identifier("a").string,
            RealDictCursor.__name__,
            SimpleConnectionPool.__name__,
        )
    )
