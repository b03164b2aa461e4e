from ldap3 import ALL, MOCK_SYNC, Connection, Server
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_filter_chars


def handler(event, context):
    server = Server("ldap.example.com", get_info=ALL)
    try:
        connection = Connection(server, client_strategy=MOCK_SYNC)
        connection.strategy.add_entry("cn=a,o=b", {"sn": "Doe"})
        connection.bind()
        connection.search("o=b", f"(sn={escape_filter_chars('Doe')})", attributes=["sn"])
    except LDAPException as error:
        return str(error)
    return str((len(connection.entries), connection.entries[0].sn.value))
