from shapely import wkt
from shapely.geometry import Point, Polygon, shape
from shapely.ops import unary_union


def handler(event, context):
    return str(
        (
            Point(0, 0).buffer(1).area,
            wkt.loads("POINT (1 2)").x,
            shape({"type": "Point", "coordinates": [1, 2]}).y,
            unary_union([Polygon()]).is_empty,
        )
    )
