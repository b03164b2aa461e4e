"""The edits that make a template agree with its artifacts, for `sandbox/edit_template.py`.

An edit is an object with these keys:

- `path`: the keys to a property, from the root of the template
- `value`: the text, flag, list or mapping that it must have; `{"Ref": …}` is a reference
- `after`: the keys after one of which a new property is inserted
- `replaceable`: the items of a list that may be removed or moved, or null for all
- `inherited`: the path of a list whose items precede those of this list
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from aws_lambda.templates.template_differences import Difference


def edits_as_json(differences: Sequence[Difference]) -> str:
    """The edits of one template, in the order of the differences."""
    return json.dumps(
        [
            {
                "path": each.keys,
                "value": each.value,
                "after": each.after,
                "replaceable": each.replaceable,
                "inherited": each.inherited,
            }
            for each in differences
        ]
    )
