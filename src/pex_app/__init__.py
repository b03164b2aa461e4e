"""Answers JMESPath queries; its handler in Lambda is `__pex__.pex_app.handler.lambda_handler`."""
