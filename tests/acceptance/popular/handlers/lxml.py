import lxml.html
from lxml import etree, objectify


def handler(event, context):
    return str(
        (
            etree.fromstring("<a/>").tag,
            lxml.html.fromstring("<p>b</p>").text,
            objectify.fromstring("<a><b>1</b></a>").b,
        )
    )
