import psycopg
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb


def handler(event, context):
    try:
        psycopg.connect("host=127.0.0.1 port=1 connect_timeout=1", row_factory=dict_row)
    except psycopg.OperationalError as error:
        said = type(error).__name__
    return str((psycopg.pq.__impl__, sql.SQL("select {}").format(1).as_string(), Jsonb({}), said))
