import io

from pikepdf import Name, Pdf


def handler(event, context):
    written = io.BytesIO()
    with Pdf.new() as pdf:
        pdf.add_blank_page(page_size=(100, 100))
        with pdf.open_metadata() as metadata:
            metadata["dc:title"] = "Orders"
        pdf.save(written)
    with Pdf.open(written) as pdf:
        return str((len(pdf.pages), pdf.pages[0][Name.Type], pdf.docinfo.get("/Title")))
