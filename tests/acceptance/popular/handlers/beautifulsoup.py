from bs4 import BeautifulSoup


def handler(event, context):
    return str((BeautifulSoup("<p>text</p>", "html.parser").p.text,))
