import io

import pycurl


def handler(event, context):
    answer = io.BytesIO()
    request = pycurl.Curl()
    request.setopt(pycurl.URL, "https://127.0.0.1:1/orders")
    request.setopt(pycurl.WRITEDATA, answer)
    try:
        request.perform()
    except pycurl.error as error:
        said = error.args[0]
    return str((said == pycurl.E_COULDNT_CONNECT, pycurl.version))
