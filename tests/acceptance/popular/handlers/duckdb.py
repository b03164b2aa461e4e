import duckdb


def handler(event, context):
    connection = duckdb.connect(":memory:")
    connection.execute("create table orders as select range as id from range(3)")
    return str((connection.sql("select sum(id) from orders").fetchall(), duckdb.DuckDBPyConnection))
