import dateutil.tz
from dateutil import parser
from dateutil.relativedelta import relativedelta


def handler(event, context):
    return str(
        (
            parser.parse("2026-11-21") + relativedelta(days=1),
            dateutil.tz.gettz("UTC"),
        )
    )
