"""The contents of artifacts, the reasons for them, and their changes, as `lambda-report` shows
them.
"""
