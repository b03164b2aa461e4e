import io

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap


def handler(event, context):
    yaml = YAML()
    orders = yaml.load("count: 2  # so far\n")
    written = io.StringIO()
    yaml.dump(orders, written)
    return str((isinstance(orders, CommentedMap), written.getvalue()))
