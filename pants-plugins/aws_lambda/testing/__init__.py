"""Files, wheels, programs and repositories that tests share."""
