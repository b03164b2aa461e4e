from zope.interface import Interface, implementer
from zope.interface.verify import verifyObject


class IOrders(Interface):
    def count():
        """How many there are."""


@implementer(IOrders)
class Orders:
    def count(self):
        return 2


def handler(event, context):
    return str((verifyObject(IOrders, Orders()), IOrders.providedBy(Orders())))
