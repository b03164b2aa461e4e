import numpy
import rasterio
from rasterio.io import MemoryFile
from rasterio.transform import from_origin
from rasterio.warp import transform_bounds


def handler(event, context):
    profile = {"driver": "GTiff", "height": 2, "width": 2, "count": 1, "dtype": "uint8"}
    with MemoryFile() as memory:
        with memory.open(crs="EPSG:4326", transform=from_origin(0, 2, 1, 1), **profile) as written:
            written.write(numpy.ones((1, 2, 2), "uint8"))
        with memory.open() as read:
            bounds = transform_bounds(read.crs, "EPSG:3857", *read.bounds)
            return str((int(read.read(1).sum()), round(bounds[2]), rasterio.__gdal_version__))
