"""Answers JMESPath queries. Its handler in Lambda is `__pex__.pex_app.handler.lambda_handler`."""
