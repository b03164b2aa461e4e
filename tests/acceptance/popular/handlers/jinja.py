from jinja2 import Environment, StrictUndefined, Template


def handler(event, context):
    return str(
        (
            Template("{{ a }}").render(a=1),
            Environment(undefined=StrictUndefined).from_string("b").render(),
        )
    )
