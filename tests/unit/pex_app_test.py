from pex_app.handler import lambda_handler


def test_a_query_is_answered_from_the_document() -> None:
    """The event brings a JMESPath query and the document it is about."""
    document = {"people": [{"name": "Ana", "age": 30}, {"name": "Ben", "age": 17}]}

    assert lambda_handler({"query": "people[?age >= `18`].name", "document": document}, None) == {
        "result": ["Ana"]
    }
