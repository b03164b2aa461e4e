import pymupdf


def handler(event, context):
    with pymupdf.open() as document:
        document.new_page().insert_text((72, 72), "two orders")
        with pymupdf.open(stream=document.tobytes(), filetype="pdf") as read:
            return str((read.page_count, read[0].get_text().strip()))
