from chalice import Chalice, NotFoundError, Response

app = Chalice(app_name="orders")


@app.route("/", methods=["GET"])
def orders():
    if app.current_request.query_params:
        raise NotFoundError()
    return Response(body={"count": 2}, status_code=200)


def handler(event, context):
    return str((app(event, None)["body"],))
