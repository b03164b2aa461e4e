from apig_wsgi import make_lambda_handler
from flask import Flask, jsonify, request

app = Flask(__name__)


@app.route("/")
def orders() -> object:
    return jsonify(method=request.method)


as_lambda = make_lambda_handler(app)


def handler(event, context):
    return str((as_lambda(event, None)["body"],))
