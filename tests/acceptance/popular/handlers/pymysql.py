import pymysql
import pymysql.cursors


def handler(event, context):
    return str(
        (
            pymysql.converters.escape_string("a'b"),
            pymysql.cursors.DictCursor.__name__,
        )
    )
