"""The modules of artifacts, and the imports between them."""
