import bson
from bson.objectid import ObjectId
from pymongo import ASCENDING, MongoClient
from pymongo.errors import DuplicateKeyError


def handler(event, context):
    return str(
        (
            MongoClient(connect=False).a.b.full_name,
            bson.decode(bson.encode({"a": ObjectId()})).keys(),
            ASCENDING,
            DuplicateKeyError.__name__,
        )
    )
