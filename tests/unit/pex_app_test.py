from pex_app.handler import lambda_handler


def test_query_of_a_document() -> None:
    """The event contains a JMESPath query and a document."""
    document = {"people": [{"name": "Ana", "age": 30}, {"name": "Ben", "age": 17}]}

    assert lambda_handler({"query": "people[?age >= `18`].name", "document": document}, None) == {
        "result": ["Ana"]
    }
