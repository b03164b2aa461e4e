"""`lambda-report`: sizes, reasons and changes of artifacts, for the terminal and as a page."""
