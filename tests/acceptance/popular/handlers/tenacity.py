from tenacity import retry, stop_after_attempt, wait_exponential


@retry(stop=stop_after_attempt(2), wait=wait_exponential(max=1))
def once() -> int:
    return 1


def handler(event, context):
    return str((once(),))
